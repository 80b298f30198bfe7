// Builds elements from names and text. Text is always a text node: no name from a document is ever read as HTML.

export type Child = Node | string | null | undefined | false;
export type Attributes = Record<string, string | boolean | EventListener | undefined>;

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag, attributes: Attributes = {}, ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name.replace(/^on/, ""), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  add(made, children);
  return made;
}

export function add(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) parent.append(child);
  }
}

// A numbered section of the page; the heading names it for a screen reader.
export function section(id: string, title: string, lead: Child, ...children: Child[]): HTMLElement {
  return element("section", { id, "aria-labelledby": `${id}-title` },
    element("h2", { id: `${id}-title` }, title),
    lead instanceof Node ? lead : lead ? element("p", { class: "lead" }, lead) : null,
    ...children);
}

export function disclosure(summary: string, ...children: Child[]): HTMLDetailsElement {
  return element("details", {}, element("summary", {}, summary), ...children);
}

export function notRecorded(what: string): HTMLElement {
  return element("p", { class: "missing" }, `${what}: not recorded.`);
}

export type Tone = "good" | "caution" | "bad" | "plain";

export function chip(text: string, tone: Tone): HTMLElement {
  return element("span", { class: `chip ${tone}` }, text);
}

// A link only where the text is a web address; anything else, "javascript:" first of all, stays text.
export function link(address: string): Child {
  if (!/^https?:\/\/[^\s]+$/i.test(address)) return address;
  return element("a", { href: address, rel: "noopener noreferrer" }, address);
}
