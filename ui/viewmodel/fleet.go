package viewmodel

import (
	"slices"
	"strings"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/sandbox"
)

// Where there are several engines, the name of a sandbox of a further one ends in "@" and the engine's name.

// ownName is the name that a sandbox has on its engine.
func ownName(name string) string {
	own, _, _ := strings.Cut(name, "@")
	return own
}

// engineOf is the further engine that a sandbox is on; "" for the first.
func engineOf(name string) string {
	_, of, _ := strings.Cut(name, "@")
	return of
}

// qualified puts the two together.
func qualified(name, engine string) string {
	if engine == "" || name == "" {
		return name
	}
	return name + "@" + engine
}

// hasMember reports whether there is a further engine of that name.
func (a *App) hasMember(name string) bool {
	return slices.ContainsFunc(a.snapshot.Also, func(m engine.Member) bool { return m.Name == name })
}

// FreshNameTroubleBeside is FreshNameTrouble on the engine of another sandbox, for a name without the engine's.
func (a *App) FreshNameTroubleBeside(other, name string) string {
	name = strings.TrimSpace(name)
	if strings.Contains(name, "@") || engineOf(other) == "" {
		return a.FreshNameTrouble(name)
	}
	return a.FreshNameTrouble(qualified(name, engineOf(other)))
}

// isFar reports whether an engine is on another computer; "" is the first.
func isFar(s engine.Snapshot, name string) bool {
	if name == "" {
		return s.Engine.Endpoint.Remote()
	}
	i := slices.IndexFunc(s.Also, func(m engine.Member) bool { return m.Name == name })
	return i >= 0 && s.Also[i].Status.Endpoint.Remote()
}

// statusTone is how an engine does.
func statusTone(s connect.Status) Tone {
	switch {
	case s.Phase == connect.Connected:
		return Good
	case s.Phase == connect.Lost, s.Err == nil: // as long as nothing is known it may come yet
		return Caution
	default:
		return Trouble
	}
}

// memberOf is the state of a further engine; false when the name is none's.
func (s *Settings) memberOf(name string) (connect.Status, bool) {
	for _, m := range s.members {
		if m.Name == name {
			return m.Status, true
		}
	}
	return connect.Status{}, false
}

// Also reports whether the sandboxes of an endpoint are shown beside those of the one in use.
func (s *Settings) Also(endpoint string) bool {
	return slices.Contains(s.Value().AlsoEndpoints, endpoint)
}

// ShowAlso shows them, or does not any more.
func (s *Settings) ShowAlso(endpoint string, show bool) {
	s.Change(func(value *config.Settings) {
		also := slices.DeleteFunc(slices.Clone(value.AlsoEndpoints), func(name string) bool { return name == endpoint })
		if show {
			also = append(also, endpoint)
		}
		value.AlsoEndpoints = also
	})
}

// Engines are the engines that a new sandbox can be on: the first, "", and the further ones; nil where there is only one.
func (f *Form) Engines() []string {
	if f.Edits || f.Again {
		return nil
	}
	return f.app.Engines()
}

// Engines are the engines that something can be done on: the first, "", and the further ones; nil where there is only one.
func (a *App) Engines() []string {
	if len(a.snapshot.Also) == 0 {
		return nil
	}
	names := []string{""}
	for _, m := range a.snapshot.Also {
		names = append(names, m.Name)
	}
	return names
}

// EngineWords is an engine of Engines by its name.
func (f *Form) EngineWords(name string) string { return f.app.EngineWords(name) }

// EngineWords is an engine of Engines by its name.
func (a *App) EngineWords(name string) string {
	if name == "" {
		return a.snapshot.Engine.Endpoint.Name
	}
	return name
}

// SetEngine makes the new sandbox one of that engine. A name and a port that nobody has typed are free ones there.
func (f *Form) SetEngine(name string) {
	f.engine = name
	if !f.touched(NameField) {
		f.values[NameField] = freeName(f.app.snapshot, name)
		f.first[NameField] = f.values[NameField]
	}
	if !f.touched(PortField) {
		f.values[PortField] = f.textOf(PortField, sandbox.Spec{Port: freePort(f.app.snapshot, f.settings.Sandbox.Port, name, "")})
		f.first[PortField] = f.values[PortField]
	}
}
