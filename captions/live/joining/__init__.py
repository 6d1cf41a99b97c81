"""How a second device, such as a phone, joins a running dictation: by a link that a QR code shows."""
