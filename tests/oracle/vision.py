"""Cases from torchvision's networks, scripted and traced, with random weights."""
import sys
import warnings

import torch
import torchvision

from record import record

warnings.filterwarnings("ignore")
NETWORKS = {
    "resnet18": 96, "resnet50": 64, "mobilenet_v2": 64, "mobilenet_v3_small": 64, "efficientnet_b0": 64, "vgg11": 64,
    "densenet121": 64, "googlenet": 96, "inception_v3": 96, "shufflenet_v2_x1_0": 64, "regnet_y_400mf": 64,
    "convnext_tiny": 64, "vit_b_16": 224, "swin_t": 64,
}


def settle(model):
    """Gives batch norms statistics that keep activations in range, as training would."""
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.running_mean.uniform_(-0.1, 0.1)
            m.running_var.uniform_(0.8, 1.2)


def main():
    root, names = sys.argv[1], sys.argv[2:]
    if root == "--list":
        print("\n".join(NETWORKS))
        return
    for name in names or NETWORKS:
        size = NETWORKS[name]
        torch.manual_seed(0)
        options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
        model = getattr(torchvision.models, name)(**options).eval()
        settle(model)
        x = torch.randn(1, 3, size, size)
        record(root, name, torch.jit.script(model), [(x,)])
        print(root + "/" + name)
        record(root, name + "_traced", torch.jit.trace(model, x, check_trace=False), [(x,)])
        print(root + "/" + name + "_traced")


if __name__ == "__main__":
    main()
