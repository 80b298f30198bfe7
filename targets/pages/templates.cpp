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

constexpr const char* kIndexKey = "index";
constexpr const char* kFortunesKey = "fortunes";

// AUTOESCAPE makes ctemplate read the HTML around each value and escape for that place: text, attribute or URL (one
// that is neither relative nor http, https or ftp becomes "#").
constexpr std::string_view kAbout = R"html({{%AUTOESCAPE context="HTML"}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{TITLE}}</title>
<style>
body { font: 16px/1.5 sans-serif; margin: 2em auto; max-width: 40em; padding: 0 1em; color: #222; background: #fff; }
nav a { margin-right: 1em; color: #05a; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { border-bottom: 1px solid #ccc; padding: .3em 1em .3em 0; text-align: left; }
td { text-align: right; font-variant-numeric: tabular-nums; white-space: pre; }
</style>
</head>
<body>
<nav><a href="/index">Vote</a> <a href="/good">Good</a> <a href="/bad">Bad</a> <a href="/ugly">Ugly</a> <a href="/about">About</a></nav>
<h1>{{TITLE}}</h1>
<p>This site stands in for a small but real one: visitors see two stickers, vote for the one they like better, and
two pages list the nine best and the nine worst. It exists to be measured. A page like this one costs a server what
most pages cost: a template, a handful of values that change, and a few kilobytes to send.</p>
<h2>Now</h2>
<table>
<tr><th>Stickers</th><td>{{STICKERS}}</td></tr>
<tr><th>Packs</th><td>{{PACKS}}</td></tr>
<tr><th>Visitors</th><td>{{USERS}}</td></tr>
<tr><th>Clicks</th><td>{{CLICKS}}</td></tr>
<tr><th>Votes</th><td>{{VOTES}}</td></tr>
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
<p>Every vote is counted once, and every figure above is read from the database every five seconds.</p>
<p>There is nothing here that could be bought, followed or shared, and nothing that remembers you for long. Measure, then believe.</p>
</body>
</html>
)html";

constexpr std::string_view kRanking = R"html({{%AUTOESCAPE context="HTML"}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{HEADING}} stickers</title>
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
<nav><a href="/index">Vote</a> <a href="/good">Good</a> <a href="/bad">Bad</a> <a href="/ugly">Ugly</a> <a href="/about">About</a></nav>
<h1>{{HEADING}} stickers</h1>
<ol>
{{#STICKER}}<li>
<a href="{{PACK}}"><img src="{{URL}}" alt="Sticker of rank {{RANK}}" loading="lazy"></a>
<strong>{{RATING}}</strong> votes, from <a href="{{PACK}}">its pack</a>
</li>
{{/STICKER}}</ol>
<p>The order comes from an index on the rating, read from its end; equal ratings stand in the index's own order.</p>
</body>
</html>
)html";

constexpr std::string_view kIndex = R"html({{%AUTOESCAPE context="HTML"}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Which sticker do you like better?</title>
<style>
body { font: 16px/1.5 sans-serif; margin: 2em auto; max-width: 48em; padding: 0 1em; color: #222; background: #fff; }
nav a { margin-right: 1em; color: #05a; }
h1 { font-size: 1.6em; line-height: 1.2; }
.choice { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5em; margin: 1.5em 0; }
.choice form { margin: 0; }
.choice button { display: block; width: 100%; padding: 1em; border: 1px solid #ccc; border-radius: .5em; background: #fff; font: inherit; cursor: pointer; }
.choice button:hover, .choice button:focus { border-color: #05a; background: #f4f8fc; }
.choice img { display: block; margin: 0 auto 1em; height: 16em; max-width: 100%; object-fit: contain; }
@media (max-width: 30em) { .choice { grid-template-columns: 1fr; } }
</style>
</head>
<body>
<nav><a href="/index">Vote</a> <a href="/good">Good</a> <a href="/bad">Bad</a> <a href="/ugly">Ugly</a> <a href="/about">About</a></nav>
<h1>Which sticker do you like better?</h1>
<p>Two stickers were drawn for you. Choose one: it gains a point, and the other loses one. Then two new ones come.</p>
<div class="choice">
{{#CHOICE}}<form method="post" action="{{ACTION}}">
<input type="hidden" name="vote_plus" value="{{PLUS}}">
<input type="hidden" name="vote_minus" value="{{MINUS}}">
<button type="submit"><img src="{{URL}}" alt="{{PLACE}} sticker">I like the {{PLACE}} one</button>
</form>
{{/CHOICE}}</div>
<p>Neither? <a href="{{ACTION}}">Draw two others</a>; nobody loses a point by that.</p>
<h2>What happens to your vote</h2>
<p>Each sticker on this page carries a token that was made for it when the page was. The form sends both tokens back,
the server looks up which stickers they stand for and deletes them. So a vote counts once, however often the button
was clicked, and nobody votes for a sticker that was not shown to him. The ratings order the two lists: the best nine
stand on the good page, the worst nine on the bad one, and both change with every vote.</p>
<p>The server knows you by a cookie that holds nothing but a number. It counts visits; it does not know who you are.</p>
<h2>What this page costs</h2>
<ul>
<li>A session: a number for you if you have none yet, and a row that remembers when you came and how often.</li>
<li>Two stickers: for each a random row, a token, and a row that remembers which sticker the token stands for.</li>
<li>A click: one more in the row that the figures on the <a href="/about">about page</a> come from.</li>
</ul>
<p>The database is asked for these one after the other, so the time that this page took is mostly the time that questions
and answers were on their way. That is what makes it worth measuring: a faster server hardly helps here, a shorter way or
fewer questions do. The same page with a single question stands at <a href="/index-one-call">its other address</a>, and
pages that ask nothing are the <a href="/ugly">ugly</a> one and the <a href="/about">about</a> one.</p>
</body>
</html>
)html";

ctemplate::TemplateString view(std::string_view text) {
  return {text.data(), text.size()};
}

// The tags stand in the sequence that TechEmpower's verifier expects.
constexpr std::string_view kFortunes =
    R"html({{%AUTOESCAPE context="HTML"}}<!doctype html><html><head><title>Fortunes</title></head><body><table>)html"
    R"html(<tr><th>id</th><th>message</th></tr>)html"
    R"html({{#FORTUNE}}<tr><td>{{ID}}</td><td>{{MESSAGE}}</td></tr>{{/FORTUNE}})html"
    R"html(</table></body></html>)html";

std::string expand(const char* key, const ctemplate::TemplateDictionary& values) {
  std::string html;
  check(ctemplate::ExpandTemplate(key, ctemplate::DO_NOT_STRIP, &values, &html), "load_templates() came first");
  return html;
}

}  // namespace

void load_templates() {
  static std::once_flag loaded;
  std::call_once(loaded, [] {
    for (const auto& [key, text] : {std::pair(kAboutKey, kAbout), std::pair(kRankingKey, kRanking),
                                    std::pair(kIndexKey, kIndex), std::pair(kFortunesKey, kFortunes)})
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

std::string render_ranking(std::string_view heading, const std::vector<RankedSticker>& stickers) {
  ctemplate::TemplateDictionary values("ranking");
  values.SetValue("HEADING", view(heading));
  int rank = 0;
  for (const auto& sticker : stickers) {
    auto* row = values.AddSectionDictionary("STICKER");
    row->SetIntValue("RANK", ++rank);
    row->SetIntValue("RATING", sticker.rating);
    row->SetValue("URL", view(sticker.url));
    row->SetValue("PACK", view(sticker.pack_url));
  }
  return expand(kRankingKey, values);
}

std::string render_index(std::string_view action, const std::array<Candidate, 2>& candidates) {
  ctemplate::TemplateDictionary values("index");
  values.SetValue("ACTION", view(action));
  for (std::size_t which = 0; which < 2; ++which) {
    auto* choice = values.AddSectionDictionary("CHOICE");
    choice->SetValue("PLACE", which == 0 ? "left" : "right");
    choice->SetValue("PLUS", candidates[which].token);
    choice->SetValue("MINUS", candidates[1 - which].token);
    choice->SetValue("URL", candidates[which].url);
  }
  return expand(kIndexKey, values);
}

std::string render_fortunes(const std::vector<Fortune>& fortunes) {
  ctemplate::TemplateDictionary values("fortunes");
  for (const auto& fortune : fortunes) {
    auto* row = values.AddSectionDictionary("FORTUNE");
    row->SetIntValue("ID", fortune.id);
    row->SetValue("MESSAGE", view(fortune.message));
  }
  return expand(kFortunesKey, values);
}

}  // namespace hotlap::targets
