import { VocabularyField } from "app/shared/vocabulary-field";

const find = (id) => document.getElementById(id);
const limits = JSON.parse(find("limits").textContent);
const box = find("id_vocabulary");
new VocabularyField(box, find("vocabulary-count"), find("vocabulary-problem"), limits);
// What the server said of it was about another text.
box.addEventListener("input", () => find("id_vocabulary_error")?.remove(), { once: true });
