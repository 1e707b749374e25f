#!/usr/bin/env python3
"""torchvision's own model sources, unchanged, built by Wick: against the same sources under PyTorch.

Usage: vision_sources.py WICK FOLDER [NAME … | --more].  The sources are linked from the installed torchvision into a package of
their own, in which stand-ins take the place of what the models import from outside themselves (image transforms,
logging, downloading).  For each network: the weights are the same bits for the same seed, and the outputs agree.
Prints PASS, FAIL and SKIPPED lines.

An older PyTorch draws truncated normal numbers another way; it is given today's nn.init.trunc_normal_.
"""
import glob
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

# The rest of torchvision's, with --more: inputs may be an expression.
MORE = {
    "segmentation.fcn": [("fcn_resnet50(weights_backbone=None, num_classes=5)", 64)],
    "segmentation.deeplabv3": [("deeplabv3_mobilenet_v3_large(weights_backbone=None, num_classes=5)", 64)],
    "segmentation.lraspp": [("lraspp_mobilenet_v3_large(weights_backbone=None, num_classes=5)", 64)],
    "video.resnet": [(name + "(num_classes=10)", "torch.randn(1, 3, 4, 32, 32)") for name in ("r3d_18", "mc3_18", "r2plus1d_18")],
    "video.s3d": [("s3d(num_classes=10)", "torch.randn(1, 3, 16, 224, 224)")],
    "video.mvit": [("mvit_v1_b(num_classes=10)", "torch.randn(1, 3, 16, 224, 224)")],
    "optical_flow.raft": [("raft_small()", "torch.rand(1, 3, 128, 128), torch.rand(1, 3, 128, 128), 2")],
    "maxvit": [("maxvit_t(num_classes=10)", 224)],
    "detection.faster_rcnn": [("fasterrcnn_mobilenet_v3_large_320_fpn(weights_backbone=None, num_classes=5)",
                               "[torch.rand(3, 64, 80)]")],
    "detection.retinanet": [("retinanet_resnet50_fpn(weights_backbone=None, num_classes=5, min_size=64, max_size=96)",
                             "[torch.rand(3, 64, 80)]")],
    "detection.ssd": [("ssd300_vgg16(weights_backbone=None, num_classes=5)", "[torch.rand(3, 64, 80)]")],
    "detection.ssdlite": [("ssdlite320_mobilenet_v3_large(weights_backbone=None, num_classes=5)",
                           "[torch.rand(3, 64, 80)]")],
    "detection.fcos": [("fcos_resnet50_fpn(weights_backbone=None, num_classes=5, min_size=64, max_size=96)",
                        "[torch.rand(3, 64, 80)]")],
    "detection.mask_rcnn": [("maskrcnn_resnet50_fpn(weights_backbone=None, num_classes=5, min_size=64, max_size=96)",
                             "[torch.rand(3, 64, 80)]")],
    "detection.keypoint_rcnn": [("keypointrcnn_resnet50_fpn(weights_backbone=None, min_size=64, max_size=96)",
                                 "[torch.rand(3, 64, 80)]")],
}

STAND_INS = {
    "__init__.py": """
import torch

def _is_tracing():
    return torch._C._get_tracing_state()
""",
    "extension.py": "def _assert_has_ops():\n    pass\n",
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

class ObjectDetection(ImageClassification):
    pass

class SemanticSegmentation(ImageClassification):
    pass

class VideoClassification(ImageClassification):
    pass

class OpticalFlow(ImageClassification):
    pass
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
    "ops/_register_onnx_ops.py": "def _register_custom_op():\n    pass\n",
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


def load_operators():
    """nms and roi_align: torchvision's own where it is built for this PyTorch, else written out."""
    if importlib.util.find_spec("torchvision"):
        for path in glob.glob(os.path.join(find_source(), "_C*.so")):
            torch.ops.load_library(path)
        return

    def nms(boxes, scores, threshold):
        left = scores.argsort(descending=True, stable=True).tolist()
        area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        kept = []
        while left:
            i = left.pop(0)
            kept.append(i)
            if left:
                low, high = boxes[left].maximum(boxes[i])[:, :2], boxes[left].minimum(boxes[i])[:, 2:]
                both = (high - low).clamp(min=0).prod(1)
                over = both / (area[left] + area[i] - both) > threshold
                left = [k for k, gone in zip(left, over.tolist()) if not gone]
        return torch.tensor(kept, dtype=torch.long)

    def roi_align(image, rois, scale, height, width, ratio, aligned):
        out = []
        for roi in rois:
            plane = image[int(roi[0])]
            x0, y0, x1, y1 = (roi[1:] * scale - (0.5 if aligned else 0)).unbind()
            w, h = x1 - x0, y1 - y0
            if not aligned:
                w, h = w.clamp(min=1), h.clamp(min=1)

            def points(start, length, bins, size):
                n = ratio if ratio > 0 else int(torch.ceil(length / bins))
                at = start + torch.arange(bins).view(-1, 1) * (length / bins) + (torch.arange(n) + 0.5) * (length / bins) / n
                inside = (at >= -1) & (at <= size)
                at = at.clamp(0, size - 1)
                low = at.floor().long().clamp(max=size - 1)
                return inside, low, (low + 1).clamp(max=size - 1), at - low, n

            inside_y, yl, yh, fy, ny = points(y0, h, height, plane.shape[1])
            inside_x, xl, xh, fx, nx = points(x0, w, width, plane.shape[2])
            fy, fx = fy.reshape(-1, 1), fx.reshape(1, -1)

            def at(y, x):
                return plane[:, y.reshape(-1)][:, :, x.reshape(-1)]

            v = (at(yl, xl) * (1 - fy) * (1 - fx) + at(yl, xh) * (1 - fy) * fx + at(yh, xl) * fy * (1 - fx) + at(yh, xh) * fy * fx)
            v = v * (inside_y.reshape(-1, 1) & inside_x.reshape(1, -1))
            out.append(v.view(-1, height, ny, width, nx).mean((2, 4)) if ny * nx else v.new_zeros(len(v), height, width))
        return torch.stack(out) if out else image.new_zeros(0, image.shape[1], height, width)

    lib = torch.library.Library("torchvision", "DEF")
    lib.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    lib.define("roi_align(Tensor input, Tensor rois, float spatial_scale, int pooled_height, int pooled_width, "
               "int sampling_ratio, bool aligned) -> Tensor")
    lib.impl("nms", nms, "CPU")
    lib.impl("roi_align", roi_align, "CPU")
    return lib


def build_package(folder):
    source = find_source()
    package = os.path.join(folder, "torchvision")
    for path, text in STAND_INS.items():
        os.makedirs(os.path.dirname(os.path.join(package, path)), exist_ok=True)
        with open(os.path.join(package, path), "w") as f:
            f.write(text)
    for part in ("models", "models/segmentation", "models/detection", "models/video", "models/optical_flow", "ops", "."):
        os.makedirs(os.path.join(package, part), exist_ok=True)
        for name in os.listdir(os.path.join(source, part)):
            path = name if part == "." else part + "/" + name
            if name.endswith(".py") and path not in STAND_INS and (part != "." or name == "_utils.py"):
                with open(os.path.join(source, path)) as f, open(os.path.join(package, path), "w") as g:
                    g.write(f.read())
    return package


def check(wick, folder, module, expression, size):
    main = os.path.join(folder, "main_%s.py" % module.replace(".", "_"))
    with open(main, "w") as f:
        f.write("from torchvision.models.%s import *\n" % module)
    name = expression.split("(")[0]
    torch.manual_seed(0)
    ours = eval(expression, vars(importlib.import_module("torchvision.models." + module)))
    state = {k: v.clone() for k, v in ours.state_dict().items()}
    torch.manual_seed(1)
    inputs = eval(size) if isinstance(size, str) else torch.randn(1, 3, size, size)
    case = record.record(folder, name, torch.jit.script(ours.eval()),
                         [inputs if isinstance(inputs, tuple) else (inputs,)],
                         **(dict(rtol=1e-3, atol=1e-4) if module in MORE else {}))
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
    operators = load_operators()  # kept while they are in use
    build_package(folder)
    sys.path.insert(0, folder)
    use_new_init()
    for module in (MORE if sys.argv[3:] == ["--more"] else sys.argv[3:] or NETWORKS):
        for expression, size in NETWORKS.get(module) or MORE[module]:
            if module == "vision_transformer" and not hasattr(torch.nn.functional, "scaled_dot_product_attention"):
                print("SKIPPED %s: this PyTorch lacks an operator that attention is compiled to" % expression)
                continue
            try:
                why = check(wick, folder, module, expression, size)
            except Exception as e:  # whatever goes wrong is this network's failure
                why = "%s: %s" % (type(e).__name__, str(e).strip()[:600])
            print("FAIL %s: %s" % (expression, why) if why else "PASS " + expression, flush=True)
    del operators
    return 0


if __name__ == "__main__":
    sys.exit(main())
