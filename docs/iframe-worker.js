// Browsers start no worker for a page that is opened from a file: the search then runs in a hidden frame.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      frame.srcdoc = "<body></body>";
      this.view = new Promise((resolve) => {
        frame.addEventListener("load", () => {
          const script = frame.contentDocument.createElement("script");
          frame.contentWindow.postMessage = (data) =>
            this.dispatchEvent(new MessageEvent("message", { data }));
          script.src = url;
          script.addEventListener("load", () => resolve(frame.contentWindow));
          frame.contentDocument.body.append(script);
        });
      });
      document.body.append(frame);
    }
    postMessage(data) {
      this.view.then((view) => view.dispatchEvent(new MessageEvent("message", { data })));
    }
    terminate() {}
  };
}
