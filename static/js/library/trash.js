import { Dialogs } from "app/library/dialogs";
import { closeWhenLeft } from "app/shared/page";

closeWhenLeft(new Dialogs());
