import { Dialogs } from "app/library/dialogs";
import { ExportPanel } from "app/library/export-panel";
import { TranscriptTools } from "app/library/tools";
import { closeWhenLeft } from "app/shared/page";

closeWhenLeft(new TranscriptTools(), new Dialogs(), new ExportPanel());
