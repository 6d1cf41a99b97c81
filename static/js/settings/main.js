import { SettingsPage } from "app/settings/page";
import { closeWhenLeft } from "app/shared/page";

closeWhenLeft(new SettingsPage());
