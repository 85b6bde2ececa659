package diagnose

import "berth/engine/fault"

// list is lines in the making. What has no value gets none.
type list []Line

func (l *list) add(label, value string) {
	if value != "" {
		*l = append(*l, Line{Label: label, Value: value})
	}
}

// say adds a line whose value is Berth's own words.
func (l *list) say(label, value string) {
	if value != "" {
		*l = append(*l, Line{Label: label, Value: value, Said: true})
	}
}

// text adds a sentence of Berth's own.
func (l *list) text(sentence string) { *l = append(*l, Line{Value: sentence, Said: true}) }

// under adds a line that belongs to the one before.
func (l *list) under(label, value string) { l.add("  "+label, value) }

// trouble adds an error with all that it says.
func (l *list) trouble(label string, err *fault.Error) {
	*l = append(*l, Line{Label: label, Value: one(err), Bad: true})
	if err.Remedy != "" {
		l.say("  remedy", err.Remedy)
	}
	l.under("command", err.Command)
	for _, line := range err.Log {
		l.under("log", line)
	}
}
