# SPDX-License-Identifier: BSD-3-Clause
# Subscripts of tensors, read and stored through.
import torch

x = torch.arange(6.0).view(2, 3)
y = torch.arange(24).view(2, 3, 4)


def t(s, f):
    try:
        print(s, "->", repr(f()))
    except Exception as e:
        print(s, "!!", type(e).__name__, str(e).replace("\n", "|"))


t("x[5]", lambda: x[5])
t("x[-3]", lambda: x[-3])
t("x[0,0,0]", lambda: x[0,0,0])
t("x['a']", lambda: x['a'])
t("x[1.5]", lambda: x[1.5])
t("x[::-1]", lambda: x[::-1])
t("x[None].shape", lambda: x[None].shape)
t("x[...,0]", lambda: x[...,0])
t("x[[0,1]]", lambda: x[[0,1]])
t("x[(0,1)]", lambda: x[(0,1)])
t("x[True].shape", lambda: x[True].shape)
t("x[False].shape", lambda: x[False].shape)
t("x[torch.tensor([True,False])]", lambda: x[torch.tensor([True,False])])
t("x[torch.tensor([True,False,True])]", lambda: x[torch.tensor([True,False,True])])
t("x[torch.tensor([0,5])]", lambda: x[torch.tensor([0,5])])
t("x[0:1,...,[1,2]]", lambda: x[0:1,...,[1,2]])
t("x[...,...]", lambda: x[...,...])
t("x[:,torch.tensor(1)]", lambda: x[:,torch.tensor(1)])
t("x[torch.tensor(1)]", lambda: x[torch.tensor(1)])
t("x[torch.tensor(1.)]", lambda: x[torch.tensor(1.)])
t("x[torch.tensor([1.])]", lambda: x[torch.tensor([1.])])
t("x[[True,False]]", lambda: x[[True,False]])
t("x[range(2)]", lambda: x[range(2)])
t("x[(slice(None),[0])]", lambda: x[(slice(None),[0])])
t("x.__setitem__(0,'a')", lambda: x.__setitem__(0,'a'))
t("x.__setitem__('a',1)", lambda: x.__setitem__('a',1))
t("x.__setitem__((0,0),torch.ones(2))", lambda: x.__setitem__((0,0),torch.ones(2)))
t("x.__delitem__(0)", lambda: x.__delitem__(0))
t("y[1]", lambda: y[1])
t("y[1,2]", lambda: y[1,2])
t("y[1,2,3]", lambda: y[1,2,3])
t("y[-1,-1,-1]", lambda: y[-1,-1,-1])
t("y[:,1]", lambda: y[:,1])
t("y[...,1]", lambda: y[...,1])
t("y[:,:,1:3]", lambda: y[:,:,1:3])
t("y[0,...,0]", lambda: y[0,...,0])
t("y[:,None].shape", lambda: y[:,None].shape)
t("y[None,...,None].shape", lambda: y[None,...,None].shape)
t("y[1:,::2]", lambda: y[1:,::2])
t("y[5:]", lambda: y[5:])
t("y[:,[0,2]]", lambda: y[:,[0,2]])
t("y[[0,1],[0,1]]", lambda: y[[0,1],[0,1]])
t("y[[0,1],:,[0,1]]", lambda: y[[0,1],:,[0,1]])
t("y[:,[0,1],[0,1]]", lambda: y[:,[0,1],[0,1]])
t("y[torch.tensor([[0,1],[1,0]])].shape", lambda: y[torch.tensor([[0,1],[1,0]])].shape)
t("y[y>20]", lambda: y[y>20])
t("y[y[:,:,0]>4]", lambda: y[y[:,:,0]>4])
t("y[[True,False]].shape", lambda: y[[True,False]].shape)
t("y[[]].shape", lambda: y[[]].shape)
t("y[()].shape", lambda: y[()].shape)
t("y[torch.tensor(1),0]", lambda: y[torch.tensor(1),0])
t("y[0,torch.tensor([1,2]),1:]", lambda: y[0,torch.tensor([1,2]),1:])
t("y[y[:,0,0]>4,0]", lambda: y[y[:,0,0]>4,0])
t("y[0][1][2]", lambda: y[0][1][2])
t("y[torch.tensor([0,1],dtype=torch.int32)].shape", lambda: y[torch.tensor([0,1],dtype=torch.int32)].shape)
t("y[slice(0,1)].shape", lambda: y[slice(0,1)].shape)
t("y[1:2,1:2,1:2]", lambda: y[1:2,1:2,1:2])
t("y[:,:,:,0]", lambda: y[:,:,:,0])
t("x[0][1]", lambda: x[0][1])
t("torch.tensor(3)[0]", lambda: torch.tensor(3)[0])
t("torch.tensor(3)[...]", lambda: torch.tensor(3)[...])
t("torch.tensor(3)[None]", lambda: torch.tensor(3)[None])
t("torch.tensor(3)[()]", lambda: torch.tensor(3)[()])


def stored(f):
    z = torch.zeros(2, 3)
    try:
        f(z)
        print(z)
    except Exception as e:
        print(type(e).__name__, str(e).replace("\n", "|"))


def s1(z):
    z[0] = 1


def s2(z):
    z[0, 1] = 2.5


def s3(z):
    z[:, 1] = torch.tensor([3.0, 4.0])


def s4(z):
    z[z == 0] = 7


def s5(z):
    z[[0, 1], [1, 2]] = torch.tensor([1.0, 2.0])


def s6(z):
    z[...] = 5


def s7(z):
    z[0] += 2


def s8(z):
    z[:, 1:] *= 3
    z[:, 1:] += 1


def s9(z):
    z[0] = torch.ones(2)


def s10(z):
    z[0] = "a"


def s11(z):
    z[torch.tensor([True, False])] = torch.tensor([1.0, 2.0, 3.0])


def s12(z):
    z[:, 0] = torch.tensor([[1.0, 2.0]])


def s13(z):
    del z[0]


def s14(z):
    z[None] = 4


def s15(z):
    z[1, :2] = torch.tensor([1, 2])


def s16(z):
    z[[0]] = torch.tensor(9)


def s17(z):
    z[True] = 1


def s18(z):
    z[0], z[1] = 1, 2


for f in (s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15, s16, s17, s18):
    stored(f)
