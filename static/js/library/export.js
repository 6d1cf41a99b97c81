// How a transcript is written as a file: in a panel beside it, or on a page of its own.

import { ExportForm } from "app/library/export-form";
import { ExportPanel } from "app/library/export-panel";

const panel = document.getElementById("export-panel");
const form = document.getElementById("export-form");

if (panel) new ExportPanel(panel, document.getElementById("export"));
else if (form) new ExportForm(form);
