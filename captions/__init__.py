import os

# onnxruntime reports its use to its makers unless this is set before it is first imported, in every process, and the
# hub's client names the program that asks. What runs here is nobody else's business.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
