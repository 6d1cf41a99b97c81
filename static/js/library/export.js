import { ExportForm } from "app/library/export-form";
import { byId } from "app/shared/dom";
import { closeWhenLeft } from "app/shared/page";

closeWhenLeft(new ExportForm(byId("export-form", HTMLFormElement)));
