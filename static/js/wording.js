const HOURS = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/**
 * How a session that ended is shown: `state` for the status line, `sentence` for the page, and whether the session
 * `isOver`, so that Start makes another.
 */
export function endText(reason, message, { silence_minutes: minutes, session_hours: hours }) {
  switch (reason) {
    case "stopped":
      return { state: "saved", sentence: "", isOver: true };
    case "silence":
      return over(`We heard nothing for ${minutes} minutes, so we stopped. Everything before that is saved.`);
    case "limit":
      return over(`A dictation can last ${HOURS.format(hours)} hours, so we stopped. All of it is saved.`);
    case "lost":
      return over("No sound reached the server for too long, so it stopped. Everything before that is saved.");
    case "deleted":
      return { state: "stopped", sentence: "This account is being deleted, and this dictation with it.", isOver: true };
    case "gone":
      return over("The server had ended this dictation. Everything that it heard is saved.");
    case "taken":
      return { state: "stopped", sentence: "This dictation goes on in another window.", isOver: false };
    case "unconfirmed":
      return {
        state: "failed",
        sentence: "The server did not confirm the last words. Everything above is saved.",
        isOver: false,
      };
    case "refused":
      return { state: "failed", sentence: message, isOver: false };
    default:
      return over("The server stopped this dictation. Everything before that is saved.");
  }
}

function over(sentence) {
  return { state: "saved", sentence, isOver: true };
}
