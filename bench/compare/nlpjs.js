// nlp.js (node-nlp) on the same rows: `node nlpjs.js TRAIN.jsonl TEST.jsonl OUT.jsonl`; rows hold text, lang and label.
// Every language gets its own manager, as its documentation advises; Creole has no stemmer there and is trained as French.
const fs = require("fs");
const { NlpManager } = require("node-nlp");

const rows = (file) => fs.readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
const spoken = (lang) => (lang === "ht" ? "fr" : lang);

async function main([train, test, out]) {
  const managers = {};
  for (const lang of new Set(rows(train).map((row) => row.lang))) {
    const manager = new NlpManager({ languages: [spoken(lang)], nlu: { log: false }, autoSave: false, forceNER: false });
    for (const row of rows(train)) if (row.lang === lang) manager.addDocument(spoken(lang), row.text, row.label);
    await manager.train();
    managers[lang] = manager;
  }
  const said = [];
  for (const row of rows(test)) {
    const answer = await managers[row.lang].process(spoken(row.lang), row.text);
    said.push(JSON.stringify({ id: row.id, label: answer.intent === "None" ? "none" : answer.intent }));
  }
  fs.writeFileSync(out, said.join("\n") + "\n");
}

main(process.argv.slice(2));
