import { closeWhenLeft } from "app/shared/page";
import { deliverRemains } from "app/shared/tape-remains";
import { TranscriptPage } from "app/transcript/page";

closeWhenLeft(new TranscriptPage());
deliverRemains();
