// Small comforts of the payer's page. Everything works without them.
"use strict";

// How long an amount still holds. Counted from when the page came, so a wrong clock does no harm.
for (const line of document.querySelectorAll("[data-seconds-left]")) {
  const left = line.querySelector(".left");
  const clock = line.querySelector(".clock");
  const expired = document.querySelector(".expired");
  const end = performance.now() + Number(line.dataset.secondsLeft) * 1000;
  const show = () => {
    const seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (seconds > 0) return;
    clearInterval(timer);
    line.hidden = true;
    expired.hidden = false;
    for (const form of document.querySelectorAll("form[data-once]")) form.hidden = true;
  };
  const timer = setInterval(show, 1000);
  left.hidden = false;
  show();
}

// A second press while the first is on its way does nothing; the server would repeat its answer anyway.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = form.querySelector("button");
    button.setAttribute("aria-disabled", "true");
    button.textContent = form.dataset.busy;
  });
}

// A page that comes back from the browser's memory shows what was true then: ask again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
