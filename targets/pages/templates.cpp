#include "targets/pages/templates.h"

#include <ctemplate/template.h>
#include <fmt/core.h>

#include <mutex>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace hotlap::targets {
namespace {

constexpr const char* kAboutKey = "about";
constexpr const char* kRankingKey = "ranking";

constexpr std::string_view kAbout = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{TITLE:h}}</title>
<style>
body { font: 16px/1.5 sans-serif; margin: 2em auto; max-width: 40em; padding: 0 1em; color: #222; background: #fff; }
nav a { margin-right: 1em; color: #05a; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { border-bottom: 1px solid #ccc; padding: .3em 1em .3em 0; text-align: left; }
td { text-align: right; font-variant-numeric: tabular-nums; white-space: pre; }
</style>
</head>
<body>
<nav><a href="/">Hello</a> <a href="/good">Good</a> <a href="/bad">Bad</a> <a href="/ugly">Ugly</a> <a href="/about">About</a></nav>
<h1>{{TITLE:h}}</h1>
<p>This site stands in for a small but real one: visitors see two stickers, vote for the one they like better, and
two pages list the nine best and the nine worst. It exists to be measured. A page like this one costs a server what
most pages cost: a template, a handful of values that change, and a few kilobytes to send.</p>
<h2>Now</h2>
<table>
<tr><th>Stickers</th><td>{{STICKERS:h}}</td></tr>
<tr><th>Packs</th><td>{{PACKS:h}}</td></tr>
<tr><th>Visitors</th><td>{{USERS:h}}</td></tr>
<tr><th>Clicks</th><td>{{CLICKS:h}}</td></tr>
<tr><th>Votes</th><td>{{VOTES:h}}</td></tr>
</table>
<h2>How it works</h2>
<p>The good and the bad page write a session and read nine rows from an ordered index. They speak to the database over
a connection of their own for each request, over one that all requests share, or over one of a pool; which of the
three is in use cannot be told from here, and that is the point: the pages know nothing of it. The ugly page has no
template and no database, so that what is left is the server itself.</p>
<p>Some servers give every visitor a thread, some look after all of them in one loop, and some answer several requests
with one write when a visitor has asked for several at once. The pages know nothing of that either. What differs is
how many requests a second come back, how long each of them took, and how much processor time it cost; those three
are what a report shows, and they are only worth showing together.</p>
<h2>What to try</h2>
<ul>
<li>Ask for one page at a time, then for many at once, and see which servers gain from it and which do not.</li>
<li>Give each request a database connection of its own, then let all share one, and compare the pages that read.</li>
<li>Double the clients once the processor is busy: the rate stays, the waiting time doubles, and nothing is won.</li>
<li>Stop the server for a second in the middle of a run, and see whether the report noticed.</li>
</ul>
<p>Every vote is counted once, and every figure above is read from the database when the server starts.</p>
<p>There is nothing here that could be bought, followed or shared, and nothing that remembers you for long. Measure, then believe.</p>
</body>
</html>
)html";

constexpr std::string_view kRanking = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{HEADING:h}} stickers</title>
<style>
body { font: 16px/1.5 sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; color: #222; background: #fff; }
nav a { margin-right: 1em; color: #05a; }
ol { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1em; list-style-position: inside; padding: 0; }
li { border: 1px solid #ccc; border-radius: .5em; padding: 1em; text-align: center; }
img { display: block; margin: 0 auto .5em; max-width: 100%; height: 8em; }
strong { font-variant-numeric: tabular-nums; }
</style>
</head>
<body>
<nav><a href="/">Hello</a> <a href="/good">Good</a> <a href="/bad">Bad</a> <a href="/ugly">Ugly</a> <a href="/about">About</a></nav>
<h1>{{HEADING:h}} stickers</h1>
<ol>
{{#STICKER}}<li>
<a href="{{PACK:h}}"><img src="{{URL:h}}" alt="Sticker of rank {{RANK:h}}" loading="lazy"></a>
<strong>{{RATING:h}}</strong> votes, from <a href="{{PACK:h}}">its pack</a>
</li>
{{/STICKER}}</ol>
<p>The order comes from an index on the rating, read from its end; equal ratings stand in the index's own order.</p>
</body>
</html>
)html";

std::string expand(const char* key, const ctemplate::TemplateDictionary& values) {
  std::string html;
  check(ctemplate::ExpandTemplate(key, ctemplate::DO_NOT_STRIP, &values, &html), "load_templates() came first");
  return html;
}

}  // namespace

void load_templates() {
  static std::once_flag loaded;
  std::call_once(loaded, [] {
    for (const auto& [key, text] : {std::pair(kAboutKey, kAbout), std::pair(kRankingKey, kRanking)})
      check(ctemplate::StringToTemplateCache(key, text.data(), text.size(), ctemplate::DO_NOT_STRIP),
            "the embedded templates are well formed");
  });
}

std::string render_about(const Statistics& statistics) {
  ctemplate::TemplateDictionary values("about");
  values.SetValue("TITLE", "About the sticker race");
  const auto set = [&](const char* name, std::int64_t value) { values.SetValue(name, fmt::format("{:>12}", value)); };
  set("STICKERS", statistics.stickers);
  set("PACKS", statistics.packs);
  set("USERS", statistics.users);
  set("CLICKS", statistics.clicks);
  set("VOTES", statistics.votes);
  return expand(kAboutKey, values);
}

std::string render_ranking(std::string_view heading, const std::vector<Sticker>& stickers) {
  ctemplate::TemplateDictionary values("ranking");
  values.SetValue("HEADING", std::string(heading));
  int rank = 0;
  for (const auto& sticker : stickers) {
    auto* row = values.AddSectionDictionary("STICKER");
    row->SetIntValue("RANK", ++rank);
    row->SetIntValue("RATING", sticker.rating);
    row->SetValue("URL", sticker.url);
    row->SetValue("PACK", sticker.pack_url);
  }
  return expand(kRankingKey, values);
}

}  // namespace hotlap::targets
