// Swagger UI with the merged OpenAPI document. It stores no token.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// React calls this with the dialog when it opens, and with null when it closes. Only an open dialog can have the focus.
const opened = (dialog) => {
  document.querySelectorAll("[inert]").forEach((part) => part.removeAttribute("inert"));
  for (let part = dialog; part && part !== document.body; part = part.parentElement)
    for (const other of part.parentElement.children) other.toggleAttribute("inert", other !== part);
  dialog?.querySelector(".close-modal").setAttribute("aria-label", "Close");
  (dialog?.querySelector("input") ?? document.querySelector(".btn.authorize"))?.focus();
};

// A keyboard can scroll only an element that can have the focus.
const scrollable = (block) => block?.querySelectorAll("pre").forEach((text) => text.setAttribute("tabindex", "0"));

const naming = (name) => (block) =>
  block?.querySelectorAll("select, input").forEach((field) => field.setAttribute("aria-label", name));

// Swagger UI's components, changed for this page, for keyboards and for screen readers.
const ForThisPage = ({ React: { createElement: element, Fragment } }) => ({
  components: {
    // The page already has a heading.
    InfoContainer: ({ specSelectors, getComponent }) =>
      element("section", { "aria-label": "About this document" },
        element(getComponent("Markdown", true), { source: specSelectors.info().get("description") })),
    // The only server is the gateway.
    ServersContainer: () => null,
    // Keyboards and screen readers cannot reach a link inside a button. Opening the operation also sets the address.
    DeepLink: ({ text }) => element("span", null, text),
  },
  wrapComponents: {
    operations: (Operations) => (given) =>
      element(Fragment, null, element("h2", { className: "unseen" }, "Operations"), element(Operations, given)),
    // `description` is the parameter's name here.
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
