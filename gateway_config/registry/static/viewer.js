// Swagger UI on the merged document. It keeps no token between visits, and asks nobody but the gateway.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// Called with the dialog when it opens, and with null when it closes. While it is open, nothing else takes the focus.
const opened = (dialog) => {
  document.querySelectorAll("[inert]").forEach((part) => part.removeAttribute("inert"));
  for (let part = dialog; part && part !== document.body; part = part.parentElement)
    for (const other of part.parentElement.children) other.toggleAttribute("inert", other !== part);
  dialog?.querySelector(".close-modal").setAttribute("aria-label", "Close");
  (dialog?.querySelector("input") ?? document.querySelector(".btn.authorize"))?.focus();
};

// What scrolls must take the focus, or no keyboard scrolls it.
const scrollable = (block) => block?.querySelectorAll("pre").forEach((text) => text.setAttribute("tabindex", "0"));

const naming = (name) => (block) =>
  block?.querySelectorAll("select, input").forEach((field) => field.setAttribute("aria-label", name));

// What Swagger UI shows, less what the page has already, and for who uses no mouse or no eyes.
const ForThisPage = ({ React: { createElement: element, Fragment } }) => ({
  components: {
    // The page has a heading; what remains is which services are not described.
    InfoContainer: ({ specSelectors, getComponent }) =>
      element("section", { "aria-label": "What is described" },
        element(getComponent("Markdown", true), { source: specSelectors.info().get("description") })),
    // There is one server: the one that serves this page.
    ServersContainer: () => null,
    // A link inside a button is reached by neither keyboard nor screen reader; opening sets the address as well.
    DeepLink: ({ text }) => element("span", null, text),
  },
  wrapComponents: {
    operations: (Operations) => (given) =>
      element(Fragment, null, element("h2", { className: "unseen" }, "Operations"), element(Operations, given)),
    // A parameter's description here is its name.
    JsonSchemaForm: (Form) => (given) => element("div", { ref: naming(given.description) }, element(Form, given)),
    ExamplesSelect: (Select) => (given) => element("div", { ref: naming("Example") }, element(Select, given)),
    TextArea: (TextArea) => (given) => element(TextArea, { "aria-label": "Body", ...given }),
    SyntaxHighlighter: (Code) => (given) => element("div", { ref: scrollable }, element(Code, given)),
    authorizationPopup: (Popup) => (given) => {
      const close = ({ key }) => key === "Escape" && given.authActions.showDefinitions(false);
      const dialog = { role: "dialog", "aria-modal": true, "aria-label": "Authorize", ref: opened, onKeyDown: close };
      return element("div", dialog, element(Popup, given));
    },
  },
});

SwaggerUIBundle({
  url: new URL("../openapi.json", document.currentScript.src).href,
  dom_id: "#viewer",
  plugins: [ForThisPage],
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  persistAuthorization: false,
  syntaxHighlight: { theme: "obsidian" },
  validatorUrl: null,
});
