import { Dialogs } from "app/library/dialogs";
import { ExportPanel } from "app/library/export-panel";
import { Tagging } from "app/library/tagging";
import { TranscriptTools } from "app/library/tools";
import { closeWhenLeft } from "app/shared/page";

closeWhenLeft(new TranscriptTools(), new Dialogs(), new Tagging(), new ExportPanel());
