import { ReviewPage } from "app/review/page";
import { closeWhenLeft } from "app/shared/page";

closeWhenLeft(new ReviewPage());
