#!/usr/bin/env python3
"""torchvision's own model sources, unchanged, built by Wick: against the same sources under PyTorch.

Usage: vision_sources.py WICK FOLDER [NAME …].  The sources are linked from the installed torchvision into a package of
their own, in which stand-ins take the place of what the models import from outside themselves (image transforms,
logging, downloading).  For each network: the weights are the same bits for the same seed, and the outputs agree.
Prints PASS, FAIL and SKIPPED lines.

An older PyTorch draws truncated normal numbers another way; it is given today's nn.init.trunc_normal_.
"""
import importlib
import importlib.util
import os
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")
import torch  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import record  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))

# network: expression, input sizes
NETWORKS = {
    "resnet": [("resnet18()", 64), ("resnext50_32x4d()", 64)],
    "vgg": [("vgg11(num_classes=10)", 32)],
    "alexnet": [("alexnet(num_classes=10)", 64)],
    "squeezenet": [("squeezenet1_1()", 64)],
    "densenet": [("densenet121()", 64)],
    "mobilenetv2": [("mobilenet_v2()", 64)],
    "mobilenetv3": [("mobilenet_v3_small()", 64), ("mobilenet_v3_large()", 64)],
    "shufflenetv2": [("shufflenet_v2_x0_5()", 64)],
    "googlenet": [("googlenet(init_weights=True)", 64)],
    "inception": [("inception_v3(init_weights=False)", 96)],
    "mnasnet": [("mnasnet0_5()", 64)],
    "efficientnet": [("efficientnet_b0()", 64), ("efficientnet_v2_s()", 64)],
    "regnet": [("regnet_y_400mf()", 64), ("regnet_x_400mf()", 64)],
    "convnext": [("convnext_tiny()", 64)],
    "vision_transformer": [("vit_b_32(image_size=64, num_classes=10)", 64)],
    "swin_transformer": [("swin_t()", 64), ("swin_v2_t()", 64)],
}

STAND_INS = {
    "__init__.py": "",
    "models/__init__.py": "",
    "transforms/__init__.py": "",
    "transforms/_presets.py": """
from enum import Enum

class InterpolationMode(Enum):
    NEAREST = "nearest"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"

class ImageClassification:
    def __init__(self, **kwargs):
        self.kwargs = kwargs
""",
    "utils.py": """
from itertools import repeat

def _log_api_usage_once(obj):
    pass

def _make_ntuple(x, n):
    return tuple(x) if isinstance(x, (list, tuple)) else tuple(repeat(x, n))
""",
    "_internally_replaced_utils.py": """
def load_state_dict_from_url(url, *args, **kwargs):
    raise RuntimeError("there is no network here")
""",
    "ops/__init__.py": "from .stochastic_depth import StochasticDepth\nfrom .misc import *\n",
}


def use_new_init():
    spec = importlib.util.spec_from_file_location("new_init", ROOT + "/frontend/lib/modules/torch/nn/init.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.nn.init.trunc_normal_ = module.trunc_normal_


def find_source():
    """Where torchvision is installed, for this Python or for the system's."""
    find = "import importlib.util as u; s = u.find_spec('torchvision'); print(s.submodule_search_locations[0] if s else '')"
    for python in (sys.executable, "/usr/bin/python3"):
        got = subprocess.run([python, "-c", find], capture_output=True, text=True).stdout.strip()
        if got:
            return got
    sys.exit("torchvision is not installed")


def build_package(folder):
    source = find_source()
    package = os.path.join(folder, "torchvision")
    for path, text in STAND_INS.items():
        os.makedirs(os.path.dirname(os.path.join(package, path)), exist_ok=True)
        with open(os.path.join(package, path), "w") as f:
            f.write(text)
    for name in os.listdir(os.path.join(source, "models")):
        if name.endswith(".py") and name != "__init__.py":
            with open(os.path.join(source, "models", name)) as f, open(os.path.join(package, "models", name), "w") as g:
                g.write(f.read())
    for name in ("ops/misc.py", "ops/stochastic_depth.py", "_utils.py"):
        with open(os.path.join(source, name)) as f, open(os.path.join(package, name), "w") as g:
            g.write(f.read())
    return package


def check(wick, folder, module, expression, size):
    main = os.path.join(folder, "main_%s.py" % module)
    with open(main, "w") as f:
        f.write("from torchvision.models.%s import *\n" % module)
    name = expression.split("(")[0]
    torch.manual_seed(0)
    ours = eval(expression, vars(importlib.import_module("torchvision.models." + module)))
    state = {k: v.clone() for k, v in ours.state_dict().items()}
    torch.manual_seed(1)
    case = record.record(folder, name, torch.jit.script(ours.eval()), [(torch.randn(1, 3, size, size),)])
    out = os.path.join(case, "wick.pt")
    got = subprocess.run([wick, "compile", "%s:%s.eval()" % (main, expression), "--seed", "0", "-o", out],
                         capture_output=True, text=True)
    if got.returncode:
        return "compile: " + got.stderr.strip()[:1200]
    theirs = torch.jit.load(out)
    made = theirs.state_dict()
    for k in state:
        if k not in made or not torch.equal(state[k], made[k]):
            return "the state differs at " + k
    got = subprocess.run([wick, "test", out, os.path.join(case, "io.pt")], capture_output=True, text=True)
    if got.returncode:
        return "run: " + (got.stdout + got.stderr).strip().replace("\n", " | ")[:400]
    trusted = {} if torch.__version__ < "1.13" else {"weights_only": False}
    with torch.no_grad():
        call = torch.load(os.path.join(case, "io.pt"), **trusted)["calls"][0]
        want, have = call["out"], theirs(*call["args"])
    if isinstance(want, torch.Tensor) and not torch.allclose(want, have, 1e-4, 1e-5):
        return "PyTorch runs Wick's archive to other outputs"
    return None


def main():
    wick, folder = sys.argv[1:3]
    os.makedirs(folder, exist_ok=True)
    build_package(folder)
    sys.path.insert(0, folder)
    use_new_init()
    for module in sys.argv[3:] or NETWORKS:
        for expression, size in NETWORKS[module]:
            try:
                why = check(wick, folder, module, expression, size)
            except Exception as e:  # whatever goes wrong is this network's failure
                why = "%s: %s" % (type(e).__name__, str(e).strip()[:600])
            print("FAIL %s: %s" % (expression, why) if why else "PASS " + expression, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
