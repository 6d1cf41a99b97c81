"""Makes a call with openai's client for Python, and hangs up; answers what came back."""

import openai
from say import answer, asked

ask = asked()
client = openai.OpenAI(base_url=ask["base_url"], api_key=ask["token"])
created = client.realtime.calls.create(sdp=ask["sdp"], session=ask["session"])
location = created.response.headers["location"]
client.realtime.calls.hangup(location.rpartition("/")[2])
answer({"sdp": created.text, "location": location, "status": created.response.status_code})
