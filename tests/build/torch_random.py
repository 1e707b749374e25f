# SPDX-License-Identifier: BSD-3-Clause
# Random numbers, seeds and generators.
import torch

g = torch.Generator()


def t(s, f):
    try:
        print(s, "->", repr(f()))
    except Exception as e:
        print(s, "!!", type(e).__name__, str(e).replace("\n", "|"))


t("torch.manual_seed(0).initial_seed()", lambda: torch.manual_seed(0).initial_seed())
t("torch.rand(2)", lambda: torch.rand(2))
t("torch.randn(2,2)", lambda: torch.randn(2,2))
t("torch.randint(5,(3,))", lambda: torch.randint(5,(3,)))
t("torch.randint(2,5,(3,))", lambda: torch.randint(2,5,(3,)))
t("torch.randint(0,10,size=(2,))", lambda: torch.randint(0,10,size=(2,)))
t("torch.randint(high=3,size=(2,),dtype=torch.float)", lambda: torch.randint(high=3,size=(2,),dtype=torch.float))
t("torch.randperm(5)", lambda: torch.randperm(5))
t("torch.normal(0.,1.,(2,))", lambda: torch.normal(0.,1.,(2,)))
t("torch.normal(0,1,size=(2,))", lambda: torch.normal(0,1,size=(2,)))
t("torch.normal(torch.zeros(2),1.)", lambda: torch.normal(torch.zeros(2),1.))
t("torch.normal(torch.zeros(2),torch.ones(2))", lambda: torch.normal(torch.zeros(2),torch.ones(2)))
t("torch.normal(2.,torch.ones(2))", lambda: torch.normal(2.,torch.ones(2)))
t("torch.bernoulli(torch.full((3,),0.5))", lambda: torch.bernoulli(torch.full((3,),0.5)))
t("torch.multinomial(torch.ones(3),2)", lambda: torch.multinomial(torch.ones(3),2))
t("torch.rand(2,generator=g.manual_seed(1))", lambda: torch.rand(2,generator=g.manual_seed(1)))
t("torch.rand(2,generator=g)", lambda: torch.rand(2,generator=g))
t("torch.randn(3,generator=g)", lambda: torch.randn(3,generator=g))
t("torch.empty(2).uniform_()", lambda: torch.empty(2).uniform_())
t("torch.empty(2).uniform_(1,2)", lambda: torch.empty(2).uniform_(1,2))
t("torch.empty(2).normal_(1,2)", lambda: torch.empty(2).normal_(1,2))
t("torch.empty(2).uniform_(generator=g)", lambda: torch.empty(2).uniform_(generator=g))
t("torch.empty(2).exponential_()", lambda: torch.empty(2).exponential_())
t("torch.empty(2).bernoulli_(0.5)", lambda: torch.empty(2).bernoulli_(0.5))
t("torch.zeros(2,dtype=torch.long).random_(10)", lambda: torch.zeros(2,dtype=torch.long).random_(10))
t("torch.zeros(2,dtype=torch.long).random_(5,10)", lambda: torch.zeros(2,dtype=torch.long).random_(5,10))
t("torch.rand(2,dtype=torch.float64)", lambda: torch.rand(2,dtype=torch.float64))
t("torch.rand((2,1))", lambda: torch.rand((2,1)))
t("torch.rand_like(torch.ones(2))", lambda: torch.rand_like(torch.ones(2)))
t("torch.randn_like(torch.ones(2))", lambda: torch.randn_like(torch.ones(2)))
t("g.initial_seed()", lambda: g.initial_seed())
t("torch.initial_seed()", lambda: torch.initial_seed())
t("torch.get_rng_state().shape", lambda: torch.get_rng_state().shape)
t("torch.get_rng_state().dtype", lambda: torch.get_rng_state().dtype)
t("torch.poisson(torch.ones(2))", lambda: torch.poisson(torch.ones(2)))
t("torch.randint_like(torch.ones(2),5)", lambda: torch.randint_like(torch.ones(2),5))
t("torch.randint(5)", lambda: torch.randint(5))
t("torch.rand('a')", lambda: torch.rand('a'))
t("torch.randint(1.5,(2,))", lambda: torch.randint(1.5,(2,)))

state = torch.get_rng_state()
a = torch.randn(5)
torch.set_rng_state(state)
print(torch.equal(a, torch.randn(5)), state.sum().item() > 0)
with torch.random.fork_rng():
    torch.manual_seed(7)
    print(torch.rand(1))
print(torch.rand(1))
torch.manual_seed(2)
torch.randn(3)
print(torch.get_rng_state()[:40].tolist(), torch.get_rng_state()[-60:].tolist())
