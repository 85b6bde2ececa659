package viewmodel

import (
	"strings"

	"berth/engine/task"
	"berth/ui/i18n"
)

// Change is one difference that an edit makes, in words.
type Change struct{ Label, Before, After string }

// Label is a field's name as people read it.
func (f Field) Label() string {
	switch f {
	case NameField:
		return i18n.T("Name")
	case ImageField:
		return i18n.T("Image")
	case ProjectsField:
		return i18n.T("Projects")
	case PortField:
		return i18n.T("Port")
	case ReachField:
		return i18n.T("Reached from")
	case MemoryField:
		return i18n.T("Memory")
	case CPUsField:
		return i18n.T("CPUs")
	case RestartField:
		return i18n.T("Restart")
	case HardenedField:
		return i18n.T("Hardened")
	case EnvField:
		return i18n.T("Environment")
	case MountsField:
		return i18n.T("Extra mounts")
	}
	return string(f)
}

// Changes are the differences between the sandbox and the form.
func (f *Form) Changes() []Change {
	after := f.Spec()
	var changes []Change
	for _, field := range Fields {
		a, b := f.words(field, f.textOf(field, f.before)), f.words(field, f.textOf(field, after))
		if a != b {
			changes = append(changes, Change{field.Label(), a, b})
		}
	}
	return changes
}

// words are a value as the list of changes shows it.
func (f *Form) words(field Field, text string) string {
	switch field {
	case ProjectsField:
		if text == "" {
			return i18n.T("a volume")
		}
		return i18n.T("the folder %s", text)
	case PortField:
		return or(text, i18n.T("a free one"))
	case ReachField:
		return ReachWords(text)
	case CPUsField:
		return or(text, i18n.T("all"))
	case RestartField:
		return RestartWords(text)
	case HardenedField:
		if text == "true" {
			return i18n.T("yes")
		}
		return i18n.T("no")
	case EnvField, MountsField:
		return or(strings.ReplaceAll(text, "\n", ", "), i18n.T("none"))
	}
	return text
}

// ReachWords says from where a port can be reached.
func ReachWords(ip string) string {
	switch ip {
	case "", "127.0.0.1":
		return i18n.T("This computer only")
	case everywhere:
		return i18n.T("Other computers too")
	}
	return ip
}

// Images are the references to choose from: what the settings say, what they list, what the sandbox has.
func (f *Form) Images() []string {
	var all []string
	for _, ref := range append([]string{f.before.Image, f.image}, f.settings.Image.References...) {
		if ref != "" && !contains(all, ref) {
			all = append(all, ref)
		}
	}
	return all
}

func contains(list []string, text string) bool {
	for _, one := range list {
		if one == text {
			return true
		}
	}
	return false
}

// Submit makes or changes the sandbox.
func (a *App) Submit(f *Form) task.ID {
	spec := f.order()
	if f.Edits {
		spec = f.Spec()
	}
	spec.Name = qualified(spec.Name, f.engine)
	if f.Edits {
		return a.engine.Edit(spec)
	}
	a.Sandboxes.coming = spec.Name
	return a.engine.Create(spec)
}

// DockerCommand is the form as docker commands, without a secret.
func (a *App) DockerCommand(f *Form) (string, error) { return a.engine.DockerCommand(f.Spec()) }
