import { closeWhenLeft } from "app/shared/page";
import { Preferences } from "app/shared/preferences";
import { TranscriptPage } from "app/transcript/page";

closeWhenLeft(new TranscriptPage());
if (new Preferences().get("tape")) import("app/dictation/tape/remains").then(({ deliverRemains }) => deliverRemains());
