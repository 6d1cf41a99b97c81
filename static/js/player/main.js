import { PlayerPage } from "app/player/page";
import { closeWhenLeft } from "app/shared/page";

closeWhenLeft(new PlayerPage());
