import { Dialogs } from "app/library/dialogs";
import { HistorySearch } from "app/library/search";
import { Selection } from "app/library/selection";
import { Tagging } from "app/library/tagging";
import { closeWhenLeft } from "app/shared/page";

closeWhenLeft(new HistorySearch(), new Dialogs(), new Tagging());
if (document.getElementById("selection-bar")) closeWhenLeft(new Selection());
