// Colours, in one place: the style sheet. Charts read its variables, so that light, dark and print need no second list.

export interface Palette {
  ink: string; quiet: string; rule: string; surface: string;
  bar: string; dot: string; whisker: string; caution: string; bad: string;
  target: string; load: string;
  series: string[];
  font: string;
  named(name: string): string;  // any colour of the style sheet
}

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: read("ink"), quiet: read("quiet"), rule: read("rule"), surface: read("surface"),
    bar: read("bar"), dot: read("dot"), whisker: read("whisker"), caution: read("caution"), bad: read("bad"),
    target: read("target"), load: read("load"),
    series: Array.from({ length: 8 }, (_, index) => read(`series-${index + 1}`)),
    font: read("font"), named: read,
  };
}

type Theme = "light" | "dark";

const kDark = "(prefers-color-scheme: dark)";

function chosen(): Theme | undefined {
  const value = document.documentElement.dataset.theme;
  return value === "light" || value === "dark" ? value : undefined;
}

function effective(): Theme {
  return chosen() ?? (matchMedia(kDark).matches ? "dark" : "light");
}

function choose(theme: Theme | undefined): void {
  if (theme === undefined) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

// Keeps the button's words and the charts in step with the theme, whoever changes it.
export function followTheme(button: HTMLButtonElement, redraw: () => void): void {
  const show = (): void => {
    button.textContent = effective() === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to the ${effective() === "dark" ? "light" : "dark"} theme`);
    redraw();
  };
  button.addEventListener("click", () => {
    choose(effective() === "dark" ? "light" : "dark");
    show();
  });
  matchMedia(kDark).addEventListener("change", show);
  show();
}

// Paper is white, and nothing on it can be unfolded: print in light with every table open, then put all back.
export function followPrinting(redraw: (printWidth: number | undefined) => void): void {
  const kPaperWidth = 940;  // CSS pixels between the margins of A4 and of US Letter, both lying on their side
  let before: Theme | undefined;
  let unfolded: HTMLDetailsElement[] = [];
  addEventListener("beforeprint", () => {
    before = chosen();
    choose("light");
    unfolded = [...document.querySelectorAll<HTMLDetailsElement>("details:not([open])")];
    for (const item of unfolded) item.open = true;
    redraw(kPaperWidth);
  });
  addEventListener("afterprint", () => {
    choose(before);
    for (const item of unfolded) item.open = false;
    redraw(undefined);
  });
}
