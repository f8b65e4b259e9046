const find = (id) => document.getElementById(id);
const [form, prompt, list, state] = ["question", "prompt", "conversation", "state"].map(find);
const [send, stop, retry, copy, clear] = ["send", "stop", "retry", "copy", "clear"].map(find);
let messages = JSON.parse(sessionStorage.getItem("messages") ?? "[]");
let running = null;

function show({ role, content }) {
  const [item, name, text] = ["li", "strong", "p"].map((tag) => document.createElement(tag));
  item.dataset.role = role;
  name.textContent = role === "user" ? "You" : "MagickPen";
  text.textContent = content;
  item.append(name, text);
  list.append(item);
  return text;
}

function update() {
  sessionStorage.setItem("messages", JSON.stringify(messages));
  send.disabled = running !== null;
  stop.disabled = running === null;
  retry.disabled = running !== null || messages.length === 0;
  clear.disabled = running !== null;
  copy.disabled = list.querySelector("[data-role=assistant]") === null;
}

function render() {
  list.replaceChildren();
  messages.forEach(show);
  update();
}

// A site may load the chunk that signs after this script has begun.
async function signer() {
  for (let tries = 0; tries < 200; tries++) {
    if (window.ask) return window.ask;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the scripts of the site did not load");
}

function body(endpoint) {
  if (endpoint === "/chat/free") return JSON.stringify({ history: messages });
  const names = { user: "User", assistant: "Assistant" };
  const lines = messages.map(({ role, content }) => `${names[role]}: ${content}`);
  const one = messages.length === 1;
  const query = one ? messages[0].content : [...lines, "Assistant:"].join("\n");
  return JSON.stringify({ query, turnstileResponse: "", action: "verify" });
}

async function refusal(response) {
  if (response.headers.get("content-type")?.startsWith("text/html")) {
    return `the service sent a page (${response.status}) instead of an answer`;
  }
  const text = await response.text();
  let message = text.slice(0, 200);
  try {
    message = JSON.parse(text).message ?? message;
  } catch {
    // It is not JSON: the start of the text tells more.
  }
  const wait = response.headers.get("retry-after");
  return `${response.status} ${message}${wait ? `; try again in ${wait} s` : ""}`;
}

async function answer() {
  const endpoint = new FormData(form).get("endpoint");
  running = new AbortController();
  const { signal } = running;
  state.textContent = "Waiting for the answer.";
  const text = show({ role: "assistant", content: "" });
  update();
  let content = "";
  try {
    const response = await (await signer())(endpoint, body(endpoint), signal);
    if (response.status === 403 && sessionStorage.getItem("renewed") === null) {
      // The site may have been deployed anew: its new scripts carry the new secrets.
      sessionStorage.setItem("renewed", "yes");
      location.reload();
      return;
    }
    sessionStorage.removeItem("renewed");
    const isPage = response.headers.get("content-type")?.startsWith("text/html");
    if (!response.ok || isPage) throw new Error(await refusal(response));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      content += part.value;
      text.textContent = content;
    }
    if (content === "") throw new Error("the answer is empty");
    messages.push({ role: "assistant", content });
    state.textContent = "Answered.";
  } catch (error) {
    state.textContent = signal.aborted ? "Stopped." : `Failed: ${error.message}`;
    if (content === "") text.parentElement.remove();
  }
  running = null;
  update();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (running !== null || prompt.value.trim() === "") return;
  // A question without an answer is no part of the conversation.
  if (messages.at(-1)?.role === "user") messages.pop();
  messages.push({ role: "user", content: prompt.value });
  show(messages.at(-1));
  prompt.value = "";
  answer();
});
form.addEventListener("change", () => {
  sessionStorage.setItem("endpoint", new FormData(form).get("endpoint"));
});
prompt.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
stop.addEventListener("click", () => running?.abort());
retry.addEventListener("click", () => {
  if (messages.at(-1)?.role === "assistant") messages.pop();
  render();
  answer();
});
copy.addEventListener("click", async () => {
  const texts = list.querySelectorAll("[data-role=assistant] p");
  await navigator.clipboard.writeText([...texts].at(-1).textContent);
  state.textContent = "Copied.";
});
clear.addEventListener("click", () => {
  messages = [];
  state.textContent = "";
  render();
});

form.elements.endpoint.value = sessionStorage.getItem("endpoint") ?? "/ask";
render();
if (sessionStorage.getItem("renewed") !== null && messages.at(-1)?.role === "user") answer();
