import { Dialogs } from "app/library/dialogs";
import { HistorySearch } from "app/library/search";
import { Selection } from "app/library/selection";
import { closeWhenLeft } from "app/shared/page";

closeWhenLeft(new HistorySearch(), new Dialogs());
if (document.getElementById("selection-bar")) closeWhenLeft(new Selection());
