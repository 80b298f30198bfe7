// What came back, by status class, and by named request where there were several.
import { longLabel, type CaseGroup } from "../cases";
import type { NamedRequest, StatusClass, Time } from "../document";
import { disclosure, element, notRecorded, section } from "../elements";
import { table, type Column } from "../table";
import { count, kMissing, percentileTime, significant } from "../units";
import { rawNanos } from "./headline";

interface Row<Item> { item: Item; label: string; all: number }

function rowsOf<Item>(groups: readonly CaseGroup[], items: (group: CaseGroup, index: number) => { list: readonly Item[]; all: number }): Row<Item>[] {
  return groups.flatMap((group) => group.cases.flatMap((case_, index) => {
    const label = longLabel(case_, group, groups);
    const { list, all } = items(group, index);
    return list.map((item) => ({ item, label, all }));
  }));
}

function times<Item extends { p50: Time; p99: Time; max: Time }>(): Column<Row<Item>>[] {
  const column = (head: "p50" | "p99" | "max"): Column<Row<Item>> => ({
    head, number: true, cell: ({ item }) => percentileTime(item[head]), raw: ({ item }) => rawNanos(item[head]),
  });
  return [column("p50"), column("p99"), column("max")];
}

const share = (part: number | null, whole: number): string =>
  part === null || whole <= 0 ? kMissing : `${part === whole ? "100" : significant((100 * part) / whole)}\u202f%`;

const startsCase = <Item>(row: Row<Item>, before: Row<Item>): boolean => row.label !== before.label;

function statusTable(rows: readonly Row<StatusClass>[]): HTMLElement {
  const columns: Column<Row<StatusClass>>[] = [
    { head: "case", rowHead: true, cell: ({ label }) => label },
    { head: "class", cell: ({ item }) => item.name || kMissing },
    { head: "responses", number: true, cell: ({ item }) => count(item.answered) },
    { head: "share", number: true, cell: ({ item, all }) => share(item.answered, all) },
    ...times<StatusClass>(),
    { head: "statuses", wide: true, cell: ({ item }) => item.codes.map((one) => `${one.code} × ${count(one.count)}`).join(", ") || kMissing },
  ];
  return table({ caption: "Responses by status class, with service times", columns, rows });
}

function requestTable(rows: readonly Row<NamedRequest>[]): HTMLElement {
  const columns: Column<Row<NamedRequest>>[] = [
    { head: "case", rowHead: true, cell: ({ label }) => label },
    { head: "request", cell: ({ item }) => item.name || kMissing },
    { head: "sent", number: true, cell: ({ item }) => count(item.sent) },
    { head: "share", number: true, cell: ({ item, all }) => share(item.sent, all) },
    { head: "good", number: true, cell: ({ item }) => count(item.good) },
    { head: "not as expected", number: true, cell: ({ item }) => count(item.bad) },
    { head: "without a response", number: true, cell: ({ item }) => count(item.lost) },
    ...times<NamedRequest>(),
  ];
  return table({ caption: "Requests by name, with response times", columns, rows, newGroup: startsCase });
}

const kManyRows = 40;

// Of many cases those that had other answers than 2xx; all of them unfold.
function statusTables(rows: readonly Row<StatusClass>[]): HTMLElement[] {
  if (rows.length === 0) return [];
  if (rows.length <= kManyRows) return [statusTable(rows)];
  const others = new Set(rows.filter(({ item }) => item.name !== "2xx").map(({ label }) => label));
  return [
    others.size === 0 ? element("p", { class: "said" }, "In the trials that count, all responses were 2xx.") : statusTable(rows.filter(({ label }) => others.has(label))),
    disclosure(`Responses of all cases (${rows.length} rows)`, statusTable(rows)),
  ];
}

const total = (numbers: readonly (number | null)[]): number => numbers.reduce((sum: number, one) => sum + (one ?? 0), 0);

export function answers(groups: readonly CaseGroup[]): HTMLElement {
  const title = "Responses by status and request";
  const statuses = rowsOf<StatusClass>(groups, (group, index) => {
    const list = group.cases[index]?.statuses ?? [];
    return { list, all: total(list.map((one) => one.answered)) };
  });
  const requests = rowsOf<NamedRequest>(groups, (group, index) => {
    const list = group.cases[index]?.requests ?? [];
    return { list, all: total(list.map((one) => one.sent)) };
  });
  if (statuses.length === 0 && requests.length === 0) return section("answers", title, null, notRecorded("Responses"));
  return section("answers", title,
    "Service time runs from the hand-over of a request to the kernel to the last byte of its response; response time begins where the schedule wanted the request to start.",
    ...statusTables(statuses),
    requests.length > 0 ? element("h3", { class: "scenario" }, "Requests by name") : null,
    requests.length > kManyRows ? disclosure(`Requests of all cases (${requests.length} rows)`, requestTable(requests))
      : requests.length > 0 ? requestTable(requests) : null);
}
