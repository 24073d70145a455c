/** One table of all experiments: for each subject the refresh requests, the rounds lost, and the time with its ratio to the base's. */
export function table({ rows, base, titleOf }) {
  const experiments = [...new Set(Object.values(rows).flatMap(Object.keys))];
  const heading = ["", ...experiments.flatMap((name) => [`${name}: requests`, "sessions lost", "ms"])];
  const body = Object.entries(rows).map(([name, results]) => [
    titleOf(name),
    ...experiments.flatMap((experiment) => {
      const { refreshes, lostRounds, rounds, ms } = results[experiment];
      const reference = rows[base]?.[experiment]?.ms;
      return [refreshes.toLocaleString("en"), `${lostRounds} of ${rounds}`, `${Math.round(ms).toLocaleString("en")}${reference ? ` (${(ms / reference).toFixed(1)}×)` : ""}`];
    }),
  ]);
  const width = heading.map((title, column) => Math.max(title.length, ...body.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(width[0]) : cell.padStart(width[column]))).join(" | ")} |`;
  return [line(heading), `|${width.map((letters, column) => (column === 0 ? "-".repeat(letters + 2) : `${"-".repeat(letters + 1)}:`)).join("|")}|`, ...body.map(line)].join("\n");
}
