"""Archives that wick writes, loaded by every PyTorch that is installed: the recorded calls must give the recorded results.

Usage: check_save.py WICK FOLDER.  Each case is also saved twice, and what was saved is saved again: all the same bytes.
"""
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = ("constructs.py", "layers.py", "quantised.py")


def close(want, got, rtol, atol):
    import torch
    if isinstance(want, torch.Tensor):
        if not isinstance(got, torch.Tensor) or want.dtype != got.dtype or want.shape != got.shape:
            return False
        if want.is_quantized:
            want, got = want.dequantize(), got.dequantize()
        return torch.allclose(got.detach(), want, rtol, atol, equal_nan=True) if want.numel() else True
    if isinstance(want, (list, tuple)):
        return isinstance(got, (list, tuple)) and len(want) == len(got) and all(
            close(w, g, rtol, atol) for w, g in zip(want, got))
    if isinstance(want, dict):
        return isinstance(got, dict) and list(want) == list(got) and all(close(want[k], got[k], rtol, atol) for k in want)
    if isinstance(want, float):
        return type(got) is float and (got == want or (got != got and want != want) or abs(got - want) <= atol + rtol * abs(want))
    return type(want) is type(got) and want == got


def replay(listing):
    """In the PyTorch that is to load the archives: one line for each, OK or what is wrong."""
    import warnings
    import torch
    from record import copy
    warnings.filterwarnings("ignore")
    with open(listing) as f:
        folders = json.load(f)
    for folder in folders:
        try:
            io = torch.load(os.path.join(folder, "io.pt"))
        except Exception:
            io = torch.load(os.path.join(folder, "io.pt"), weights_only=False)
        for name in ("saved.pt", "old.pt"):
            if not os.path.exists(os.path.join(folder, name)):
                continue
            try:
                module, why = torch.jit.load(os.path.join(folder, name)), "OK"
                module.state_dict()
                for i, call in enumerate(io["calls"]):
                    torch.manual_seed(io["seed"])
                    with torch.no_grad():
                        target = module if call["method"] == "forward" else getattr(module, call["method"])
                        got = target(*copy(call["args"]))
                    if not call.get("random") and not close(call["out"], copy(got), io["rtol"], io["atol"]):
                        why = "call %d has another result" % i
                torch.jit.save(module, os.path.join(folder, "again.pt"))
            except Exception as e:
                why = " ".join(str(e).split())[:300] or type(e).__name__
            if why != "OK":
                why = name + ": " + why
                break
        print("%s\t%s" % (folder, why), flush=True)


def version(python):
    code = "import torch; print(torch.__version__.split('+')[0])"
    got = subprocess.run([python, "-c", code], capture_output=True, text=True)
    return tuple(int(x) for x in got.stdout.strip().split(".")[:2]) if got.returncode == 0 else None


def save(wick, folder):
    """Why not, or None."""
    names = [os.path.join(folder, x) for x in ("model.pt", "saved.pt", "twice.pt", "fixed.pt")]
    for source, target in ((0, 1), (0, 2), (1, 3)):
        got = subprocess.run([wick, "save", names[source], "-o", names[target]], capture_output=True, text=True)
        if got.returncode:
            return "wick save: " + " ".join(got.stderr.split())[:300]
    old = subprocess.run([wick, "save", names[0], "-o", os.path.join(folder, "old.pt"), "--target", "1.6"],
                         capture_output=True, text=True)
    if old.returncode and "cannot be written for PyTorch 1.6" not in old.stderr:
        return "wick save --target 1.6: " + " ".join(old.stderr.split())[:300]
    contents = []
    for n in names[1:]:
        with open(n, "rb") as f:
            contents.append(f.read())
    if contents[0] != contents[1]:
        return "saved twice, the bytes differ"
    if contents[0] != contents[2]:
        return "saved, loaded and saved, the bytes differ"
    return None


def main():
    if sys.argv[1] == "--replay":
        return replay(sys.argv[2])
    wick, root = sys.argv[1:3]
    pythons = [p for p in ("python3", "/usr/bin/python3") if shutil.which(p)]
    versions = {p: version(p) for p in pythons}
    pythons = [p for p in pythons if versions[p]]
    for made_by in pythons:
        saved = []
        for script in SCRIPTS:
            made = subprocess.run([made_by, os.path.join(HERE, script), os.path.join(root, script)], capture_output=True, text=True)
            if made.returncode:
                print("FAIL %s: %s" % (script, made.stderr.strip().split("\n")[-1]))
            for folder in made.stdout.split("\n"):
                why = save(wick, folder) if folder else None
                if why:
                    print("FAIL %s: %s" % (folder, why))
                elif folder:
                    saved.append(folder)
        listing = os.path.join(root, "list.json")
        with open(listing, "w") as f:
            json.dump(saved, f)
        for loads in pythons:
            if versions[loads] < versions[made_by]:
                continue  # may lack operators
            got = subprocess.run([loads, os.path.abspath(__file__), "--replay", listing], capture_output=True, text=True)
            answers = dict(x.split("\t", 1) for x in got.stdout.split("\n") if x)
            for folder in saved:
                why = answers.get(folder, "the process ended with status %d" % got.returncode)
                if why != "OK" and "xnnpack" in why:
                    continue  # this build has no such classes
                name = "%s of PyTorch %d.%d in %d.%d" % ((os.path.basename(folder),) + versions[made_by] + versions[loads])
                print("PASS " + name if why == "OK" else "FAIL %s: %s" % (name, why))
        shutil.rmtree(root)


if __name__ == "__main__":
    sys.exit(main())
