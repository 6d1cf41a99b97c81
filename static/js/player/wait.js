import { PlayerArrival } from "app/player/arrival";
import { byId } from "app/shared/dom";
import { closeWhenLeft } from "app/shared/page";

closeWhenLeft(new PlayerArrival(byId("without-sound", HTMLElement)));
