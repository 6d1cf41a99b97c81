import { closeWhenLeft } from "app/shared/page";
import { TranscriptPage } from "app/transcript/page";

closeWhenLeft(new TranscriptPage());
