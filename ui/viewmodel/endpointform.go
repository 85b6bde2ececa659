package viewmodel

import (
	"context"
	"errors"
	"slices"
	"strings"

	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/ui/i18n"
)

// EndpointField is one field of the form that adds an engine.
type EndpointField string

// The fields, as the settings file names them.
const (
	EndpointName  EndpointField = "name"
	EndpointHost  EndpointField = "host"
	EndpointCerts EndpointField = "certs"
)

// EndpointForm is the form that adds an engine by hand. As Form, it holds no bindings.
type EndpointForm struct {
	app     *App
	values  config.Endpoint
	answer  string // what came of the last Try
	failure *fault.Error
	trying  int                // counts tries
	stop    context.CancelFunc // ends the try that is under way; nil when none is
	looked  config.Endpoint    // whose folder of certificates was looked at last
	certs   string             // what is wrong with it; "" when nothing is
}

// NewEndpointForm is an empty one.
func (a *App) NewEndpointForm() *EndpointForm { return &EndpointForm{app: a} }

// Set takes over what was typed. What was tried before is not what stands there now.
func (f *EndpointForm) Set(field EndpointField, text string) {
	text = strings.TrimSpace(text)
	switch field {
	case EndpointName:
		f.values.Name = text
		return
	case EndpointHost:
		f.values.Host = text
	case EndpointCerts:
		f.values.Certs = text
	}
	f.Stop()
	f.answer, f.failure = "", nil
}

// TakesCerts reports whether the host is one that certificates are for.
func (f *EndpointForm) TakesCerts() bool { return strings.HasPrefix(f.values.Host, "tcp://") }

// value is the endpoint that the form comes to.
func (f *EndpointForm) value() config.Endpoint {
	v := f.values
	if !f.TakesCerts() {
		v.Certs = ""
	}
	if !strings.Contains(v.Host, "://") {
		return v
	}
	if host, err := (connect.Address{Host: v.Host}).Check(connect.Where{}); err == nil {
		v.Host = host
	}
	return v
}

// Check says what there is to say of each field. It reads no file.
func (f *EndpointForm) Check() map[EndpointField]Finding {
	found := map[EndpointField]Finding{}
	if why := f.nameTrouble(); why != "" {
		found[EndpointName] = Finding{Text: why, Bad: true}
	}
	v := f.value()
	_, err := (connect.Address{Host: v.Host}).Check(connect.Where{})
	switch {
	case v.Host == "":
	case !strings.Contains(f.values.Host, "://"): // docker would take a bare word for a computer's name
		found[EndpointHost] = Finding{Text: i18n.T("Begin with unix://, tcp:// or ssh://."), Bad: true}
	case err != nil:
		found[EndpointHost] = Finding{Text: Spoken(err.Error()) + ".", Bad: true}
	case f.known(v) != "":
		found[EndpointHost] = Finding{Text: i18n.T("That is in the list already: %s.", f.known(v)), Bad: true}
	case f.TakesCerts() && v.Certs == "":
		found[EndpointHost] = Finding{Text: i18n.T("Without certificates nothing is encrypted.")}
	}
	if f.certs != "" && f.looked == v {
		found[EndpointCerts] = Finding{Text: f.certs, Bad: true}
	}
	return found
}

func (f *EndpointForm) nameTrouble() string {
	name := f.values.Name
	switch {
	case name == "":
		return ""
	case slices.ContainsFunc(f.app.Settings.Value().Endpoints, func(ep config.Endpoint) bool { return ep.Name == name }),
		slices.ContainsFunc(f.app.Settings.endpoints, func(row AttemptRow) bool { return row.Name == name }):
		return i18n.T("Another engine has that name.")
	case config.EndpointNameTrouble(name) != "":
		return i18n.T("Use a short name of one line.")
	}
	return ""
}

// known is the name of the endpoint that is in the list with the same host; with certificates it would be another one.
func (f *EndpointForm) known(v config.Endpoint) string {
	for _, row := range f.app.Settings.endpoints {
		if row.Host == v.Host && (row.Added || v.Certs == "") {
			return row.Name
		}
	}
	return ""
}

// Ready reports whether it can be added. Agreed says that the person knows what the warning means.
func (f *EndpointForm) Ready(agreed bool) bool {
	if f.values.Name == "" || !f.CanTry() {
		return false
	}
	for _, found := range f.Check() {
		if found.Bad || found.Text != "" && !agreed {
			return false
		}
	}
	return true
}

// CanTry reports whether there is a host to ask.
func (f *EndpointForm) CanTry() bool {
	found := f.Check()
	return f.values.Host != "" && !found[EndpointHost].Bad && !found[EndpointCerts].Bad
}

// LookAtCerts looks behind the window's back whether the folder has what it needs, and calls then.
func (f *EndpointForm) LookAtCerts(then func()) {
	v := f.value()
	if v.Certs == "" || v == f.looked {
		return
	}
	f.app.Async(func(context.Context) func() {
		_, err := connect.Address(v).Check(connect.Where{})
		return func() {
			f.looked, f.certs = v, ""
			if errors.Is(err, connect.ErrCerts) {
				f.certs = Spoken(err.Error()) + "."
			}
			then()
		}
	})
}

// Trying reports whether an answer is waited for.
func (f *EndpointForm) Trying() bool { return f.stop != nil }

// Tried is what came of the last try: what answers, or why nothing does; neither when none ended.
func (f *EndpointForm) Tried() (answer string, failure *fault.Error) { return f.answer, f.failure }

// Try asks the engine what it is, and calls then when it has answered, or has not.
func (f *EndpointForm) Try(then func()) {
	if !f.CanTry() || f.Trying() {
		return
	}
	v := f.value()
	f.answer, f.failure = "", nil
	ctx, stop := context.WithCancel(context.Background())
	f.trying++
	f.stop = stop
	this := f.trying
	f.app.Async(func(app context.Context) func() {
		defer stop()
		defer context.AfterFunc(app, stop)()
		got, err := f.app.engine.TryEndpoint(ctx, v)
		return func() {
			if f.stop == nil || this != f.trying {
				return // given up, and perhaps tried anew
			}
			f.stop = nil
			version, _, _ := strings.Cut(got.Version, "+") // what a distribution adds
			f.answer = i18n.T("%s answers.", got.Product+" "+version)
			if err != nil {
				f.answer, f.failure = "", fault.From("", err)
			}
			then()
		}
	})
}

// Stop gives up waiting for an answer.
func (f *EndpointForm) Stop() {
	if f.stop != nil {
		f.stop()
		f.stop = nil
	}
}

// Add keeps the endpoint, and with use connects to it.
func (f *EndpointForm) Add(use bool) {
	f.Stop()
	v := f.value()
	f.app.Settings.Change(func(s *config.Settings) {
		s.Endpoints = append(slices.Clone(s.Endpoints), v)
		if use {
			s.Endpoint = v.Name
		}
	})
}
