package viewmodel

import (
	"slices"
	"strings"

	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/ui/i18n"
)

// AttemptRow is one endpoint and what came of it.
type AttemptRow struct {
	Name  string // how it is chosen
	Host  string
	Words string
	Tried bool
	Err   bool
	Added bool // by hand: it can be removed
	Here  bool // something of it is there; false for a well-known place where nothing was found
}

func attemptRow(a connect.Attempt) AttemptRow {
	row := AttemptRow{
		Name: a.Endpoint.Name, Host: a.Endpoint.Host, Tried: a.Tried, Err: a.Err != nil, Added: a.Endpoint.Added,
		Here: a.Endpoint.Source != connect.FromSocket || a.Endpoint.Added || a.Tried && (a.Err == nil || a.Err.Kind != fault.NoEngine),
	}
	switch {
	case a.Err != nil:
		row.Words = Cause(a.Err)
	case !a.Tried:
		row.Words = i18n.T("not tried: choose it to connect")
	default:
		row.Words = i18n.T("answers")
	}
	if a.Endpoint.Open() {
		row.Words += " · " + i18n.T("not encrypted")
	}
	return row
}

// EndpointChoice is one line of the menu of engines.
type EndpointChoice struct {
	Name  string // how it is chosen; "" chooses by itself
	Label string
	Words string // its state
	Tone  Tone
	Also  bool // its sandboxes are shown too
	Used  bool // the one that is connected, or shall be; or the way it is chosen
}

// Choices are the lines of the menu of engines: what chooses by itself, and every endpoint of which something is there.
func (s *Settings) Choices() []EndpointChoice {
	chosen := s.Value().Endpoint
	all := []EndpointChoice{{Label: i18n.T("Choose by itself"), Words: i18n.T("the first on this computer that answers"), Used: chosen == ""}}
	for _, row := range s.endpoints {
		if !row.Here && row.Name != chosen && row.Name != s.used {
			continue
		}
		choice := EndpointChoice{Name: row.Name, Label: row.Name, Words: row.Words, Used: row.Name == s.used || s.used == "" && row.Name == chosen}
		choice.Also = s.Also(row.Name) && !choice.Used
		member, isMember := s.memberOf(row.Name)
		switch {
		case choice.Also && isMember:
			choice.Words, choice.Tone = memberWords(member), statusTone(member)
		case row.Name == s.used:
			choice.Words, choice.Tone = strings.Replace(row.Words, i18n.T("answers"), i18n.T("connected"), 1), Good
		case row.Err:
			choice.Tone = Trouble
		case row.Tried:
			choice.Tone = Good
		}
		all = append(all, choice)
	}
	return all
}

// memberWords is how a further engine does.
func memberWords(s connect.Status) string {
	switch {
	case s.Phase == connect.Connected:
		version, _, _ := strings.Cut(s.Engine.Version, "+") // what a distribution adds
		return i18n.T("shown too") + " · " + s.Engine.Product + " " + version
	case s.Err != nil:
		return Cause(s.Err)
	}
	return i18n.T("looking")
}

// Forget removes an endpoint that was added by hand; when it is the chosen one, Berth chooses by itself from then on.
func (s *Settings) Forget(endpoint string) {
	s.Change(func(value *config.Settings) {
		host := ""
		value.Endpoints = slices.DeleteFunc(slices.Clone(value.Endpoints), func(ep config.Endpoint) bool {
			if ep.Name == endpoint {
				host = ep.Host
			}
			return ep.Name == endpoint
		})
		if value.Endpoint == endpoint || host != "" && value.Endpoint == host {
			value.Endpoint = ""
		}
		value.AlsoEndpoints = slices.DeleteFunc(slices.Clone(value.AlsoEndpoints), func(name string) bool { return name == endpoint })
	})
}
