"""Scripts that share a file with the pages as a device shares one with the installed app."""

SHARE = """([url, name, size]) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action: url });
  form.enctype = "multipart/form-data";
  const input = Object.assign(document.createElement("input"), { type: "file", name: "files" });
  const files = new DataTransfer();
  if (name) files.items.add(new File(["x".repeat(size)], name, { type: "audio/mp4" }));
  input.files = files.files;
  form.append(input);
  document.body.append(form);
  form.submit();
}"""
"""Posts a form with a file of that name and size, or without a name none, to an address."""

READY = """Promise.race([
  navigator.serviceWorker.ready.then(() => "ready"),
  new Promise((resolve) => setTimeout(resolve, 60_000, "not registered")),
])"""
"""Becomes "ready" when the service worker of the page is registered."""
