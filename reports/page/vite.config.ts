// Builds the page into one file, dist/report.html, that asks the network for nothing.
import { defineConfig, type Plugin } from "vite";

// Moves the built script and style sheet into the page itself. A literal "</script" or "<!--" inside code would end or
// hide the element (HTML §4.12.1.3), so both are broken up; neither can stand outside a string or a regular expression.
function oneFile(): Plugin {
  return {
    name: "one-file",
    enforce: "post",
    generateBundle(_options, bundle) {
      const page = Object.values(bundle).find((file) => file.fileName.endsWith(".html"));
      if (page?.type !== "asset") throw new Error("the build has no page to put script and style into");
      let html = String(page.source);
      for (const file of Object.values(bundle)) {
        if (file === page) continue;
        const text = file.type === "chunk" ? file.code : String(file.source);
        const name = file.fileName.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
        const tag = file.type === "chunk"
          ? new RegExp(`<script[^>]*src="[^"]*${name}"[^>]*></script>`)
          : new RegExp(`<link[^>]*href="[^"]*${name}"[^>]*>`);
        if (!tag.test(html)) throw new Error(`${file.fileName} is not used by the page; nothing may stay outside of it`);
        const inlined = file.type === "chunk"
          ? `<script type="module">${text.replace(/<\/(script)/gi, "<\\/$1").replace(/<!--/g, "<\\!--")}</script>`
          : `<style>${text}</style>`;
        html = html.replace(tag, () => inlined);
        delete bundle[file.fileName];
      }
      page.source = html;
    },
  };
}

export default defineConfig({
  base: "./",
  build: {
    target: "es2021",
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rollupOptions: { input: "report.html" },
  },
  plugins: [oneFile()],
});
