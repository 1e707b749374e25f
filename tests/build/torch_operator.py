# SPDX-License-Identifier: BSD-3-Clause
# Operators between tensors, numbers and everything else.
import torch

x = torch.arange(6.0).view(2, 3)
i = torch.tensor([1, 2, 3])
b = torch.tensor([True, False])


def t(s, f):
    try:
        print(s, "->", repr(f()))
    except Exception as e:
        print(s, "!!", type(e).__name__, str(e).replace("\n", "|"))


t("x-'a'", lambda: x-'a')
t("'a'+x", lambda: 'a'+x)
t("x+None", lambda: x+None)
t("x@2", lambda: x@2)
t("x//0", lambda: x//0)
t("x%2", lambda: x%2)
t("2**x", lambda: 2**x)
t("2//x", lambda: 2//x)
t("2%x", lambda: 2%x)
t("x<<1", lambda: x<<1)
t("x&1", lambda: x&1)
t("torch.tensor(3)&1", lambda: torch.tensor(3)&1)
t("1|torch.tensor(4)", lambda: 1|torch.tensor(4))
t("~torch.tensor(3)", lambda: ~torch.tensor(3))
t("-torch.tensor(True)", lambda: -torch.tensor(True))
t("x=='a'", lambda: x=='a')
t("x==None", lambda: x==None)
t("x!=None", lambda: x!=None)
t("x<None", lambda: x<None)
t("x<'a'", lambda: x<'a')
t("True+x", lambda: True+x)
t("x+1j", lambda: x+1j)
t("torch.tensor([1,2])/2", lambda: torch.tensor([1,2])/2)
t("torch.tensor([1,2])//2", lambda: torch.tensor([1,2])//2)
t("1-torch.tensor(True)", lambda: 1-torch.tensor(True))
t("x+1", lambda: x+1)
t("1+x", lambda: 1+x)
t("x-1", lambda: x-1)
t("1-x", lambda: 1-x)
t("x*2", lambda: x*2)
t("2*x", lambda: 2*x)
t("x/2", lambda: x/2)
t("2/(x+1)", lambda: 2/(x+1))
t("x**2", lambda: x**2)
t("x//2", lambda: x//2)
t("7//(i)", lambda: 7//(i))
t("7%i", lambda: 7%i)
t("i%2", lambda: i%2)
t("i//2", lambda: i//2)
t("i/2", lambda: i/2)
t("i*1.5", lambda: i*1.5)
t("i+1.5", lambda: i+1.5)
t("i-1", lambda: i-1)
t("1-i", lambda: 1-i)
t("i**2", lambda: i**2)
t("2**i", lambda: 2**i)
t("i**-1", lambda: i**-1)
t("-i", lambda: -i)
t("+i", lambda: +i)
t("~b", lambda: ~b)
t("b&True", lambda: b&True)
t("b|b", lambda: b|b)
t("b^b", lambda: b^b)
t("b*2", lambda: b*2)
t("b+b", lambda: b+b)
t("i<<1", lambda: i<<1)
t("1<<i", lambda: 1<<i)
t("i>>1", lambda: i>>1)
t("8>>i", lambda: 8>>i)
t("i==2", lambda: i==2)
t("2==i", lambda: 2==i)
t("i!=2", lambda: i!=2)
t("i<2", lambda: i<2)
t("2<i", lambda: 2<i)
t("2>=i", lambda: 2>=i)
t("i<=i", lambda: i<=i)
t("x>2", lambda: x>2)
t("x@x.T", lambda: x@x.T)
t("x@torch.ones(3)", lambda: x@torch.ones(3))
t("x+i", lambda: x+i)
t("x+torch.ones(2)", lambda: x+torch.ones(2))
t("x*i", lambda: x*i)
t("x.half()+1", lambda: x.half()+1)
t("x.half()+x.double()[0,0]", lambda: x.half()+x.double()[0,0])
t("i+torch.tensor(1.5)", lambda: i+torch.tensor(1.5))
t("not torch.tensor(0)", lambda: not torch.tensor(0))
t("torch.tensor(1) and 5", lambda: torch.tensor(1) and 5)
t("torch.tensor(0) or 5", lambda: torch.tensor(0) or 5)
t("1 if torch.tensor(2.) else 0", lambda: 1 if torch.tensor(2.) else 0)
t("x and 1", lambda: x and 1)
t("i.__add__(1)", lambda: i.__add__(1))
t("i.__radd__(1)", lambda: i.__radd__(1))
t("i.__eq__(i)", lambda: i.__eq__(i))
t("i.__add__('a')", lambda: i.__add__('a'))
t("x+[1,2,3]", lambda: x+[1,2,3])
t("[1]+x", lambda: [1]+x)
t("x==[1]", lambda: x==[1])
t("i is not None", lambda: i is not None)
t("x**0.5", lambda: x**0.5)
t("(-2)**i", lambda: (-2)**i)
t("2.0**i", lambda: 2.0**i)
t("torch.tensor(2)**torch.tensor(3)", lambda: torch.tensor(2)**torch.tensor(3))
t("torch.tensor([1,2],dtype=torch.uint8)-3", lambda: torch.tensor([1,2],dtype=torch.uint8)-3)
t("torch.tensor(5)%-3", lambda: torch.tensor(5)%-3)
t("-5//torch.tensor(3)", lambda: -5//torch.tensor(3))
t("torch.tensor(1.)/0", lambda: torch.tensor(1.)/0)
t("torch.tensor(1)//torch.tensor(0)", lambda: torch.tensor(1)//torch.tensor(0))

z = torch.ones(2)
same = z
z += 1
print(z is same, z)
z -= 0.5
z *= 2
z /= 3
z **= 2
print(z is same, z)
z @= torch.eye(2)
print(z is same, z)
n = torch.tensor([5, 7])
n //= 2
n <<= 1
n |= 1
n &= 6
n ^= 1
n %= 4
print(n)
try:
    n += 0.5
except RuntimeError as e:
    print(e)
try:
    n /= 2
except RuntimeError as e:
    print(e)
k = 3
k += torch.ones(2)
print(k)
