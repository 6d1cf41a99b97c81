import { closeWhenLeft } from "app/shared/page";
import { UploadsPage } from "app/uploads/page";

closeWhenLeft(new UploadsPage());
