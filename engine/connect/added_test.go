package connect

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

// given is a place where a person has added these endpoints.
func given(w Where, all ...Address) Where {
	w.Added = func() []Address { return all }
	return w
}

func TestAnAddressSaysWhichOfItsPartsIsWrong(t *testing.T) {
	certs := t.TempDir()
	for name, c := range map[string]struct {
		of   Address
		part error
		says string
	}{
		"a socket":             {Address{Host: "unix:///run/x.sock"}, nil, ""},
		"ssh":                  {Address{Host: "ssh://ann@lab:2222"}, nil, ""},
		"a port":               {Address{Host: "tcp://lab:2375"}, nil, ""},
		"nothing":              {Address{}, ErrHost, "empty"},
		"http":                 {Address{Host: "http://lab:2375"}, ErrHost, "tcp://lab:2375"},
		"a pipe on Linux":      {Address{Host: "npipe:////./pipe/x"}, ErrHost, "Windows only"},
		"a path that is short": {Address{Host: "unix://x.sock"}, ErrHost, "not absolute"},
		"a port that is none":  {Address{Host: "tcp://lab:99999"}, ErrHost, "port"},
		"a password":           {Address{Host: "ssh://ann:secret@lab"}, ErrHost, "password"},
		"no certificates":      {Address{Host: "tcp://lab:2376", Certs: certs}, ErrCerts, "ca.pem is missing"},
		"no folder":            {Address{Host: "tcp://lab:2376", Certs: filepath.Join(certs, "x")}, ErrCerts, "there is no folder"},
		"certificates for ssh": {Address{Host: "ssh://lab", Certs: certs}, ErrCerts, "only tcp://"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.of.Check(at("linux", "/home/ann", nil))
			if c.part == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, c.part) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret") {
				t.Errorf("says %v", err)
			}
		})
	}
}

func TestWhatWasAddedByHandIsListedUnderItsOwnName(t *testing.T) {
	home := t.TempDir()
	addContext(t, home, "lab", "ssh://ann@lab")
	addContext(t, home, "mine", "tcp://192.0.2.1:2375")
	w := given(at("linux", home, nil),
		Address{Name: "the lab", Host: "ssh://ann@lab"}, // is a context's
		Address{Name: "Podman", Host: "unix:///srv/podman.sock"},
		Address{Name: "broken", Host: "lab"},
	)
	list := Discover(w)
	lab := find(t, list, "ssh://ann@lab")
	if lab.Name != "the lab" || !lab.Added || lab.Source != FromContext {
		t.Errorf("%+v", lab)
	}
	if ep := find(t, list, "unix:///srv/podman.sock"); ep.Name != "Podman" {
		t.Errorf("%+v", ep)
	}
	if ep := find(t, list, "unix:///run/user/1000/podman/podman.sock"); ep.Name != "Podman (2)" || ep.Added {
		t.Errorf("the well-known one: %+v", ep)
	}
	if ep := find(t, list, "tcp://192.0.2.1:2375"); ep.Added || !ep.Open() {
		t.Errorf("the context: %+v", ep)
	}
	for _, choice := range []string{"the lab", "context lab", "ssh://ann@lab"} {
		planned, try := plan(w, choice)
		if i := slices.Index(try, true); i < 0 || planned[i].Name != "the lab" {
			t.Errorf("%s is not found: %v\n%s", choice, try, names(planned))
		}
	}
}

func TestAnEndpointThatIsGoneIsSaidToBe(t *testing.T) {
	for choice, why := range map[string]string{
		"context lab": "there is no Docker context lab any more",
		"my lab":      "there is no endpoint my lab any more", // removed by hand
	} {
		_, attempts, failure := search(t.Context(), at("linux", t.TempDir(), nil), choice)
		if failure == nil || failure.Kind != fault.BadContext || failure.Why != why || failure.Action != fault.OpenSettings || attempts[0].Endpoint.Host != "" {
			t.Errorf("%s: %+v", choice, failure)
		}
	}
}

// The authority of the folder is trusted, and no other.
func TestTheCertificatesOfAFolderAreUsed(t *testing.T) {
	of := enginetest.Shared(t)
	host, ca := behindTLS(t, of)
	certs := t.TempDir()
	if err := os.WriteFile(filepath.Join(certs, "ca.pem"), ca, 0o600); err != nil {
		t.Fatal(err)
	}
	cli, eng, failure := Try(t.Context(), Address{Name: "mine", Host: host, Certs: certs}.Endpoint(Where{}), Where{})
	if failure != nil {
		t.Fatal(failure)
	}
	_ = cli.Close()
	if eng.Product != "Docker" {
		t.Errorf("%+v", eng)
	}
	if err := os.WriteFile(filepath.Join(certs, "ca.pem"), enginetest.NewAuthority(t).PEM, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, failure = Try(t.Context(), Address{Name: "mine", Host: host, Certs: certs}.Endpoint(Where{}), Where{})
	if failure == nil || failure.Kind != fault.BadContext || !strings.Contains(failure.Why, "certificate") {
		t.Errorf("with another authority: %+v", failure)
	}
}

func TestTheOtherEndpointsAreAskedWhileOneIsInUse(t *testing.T) {
	docker, podman := enginetest.Shared(t), enginetest.Podman(t)
	dead := "unix://" + filepath.Join(t.TempDir(), "dead.sock")
	w := given(Where{GOOS: "linux", Env: func(string) string { return "" }, UID: -1},
		Address{Name: "one", Host: docker.Host}, Address{Name: "two", Host: podman.Host}, Address{Name: "dead", Host: dead}, Address{Name: "far", Host: "ssh://192.0.2.1"})
	s := supervise(t, Options{Where: w, Choose: "one"})
	enginetest.Eventually(t, 20*time.Second, "the connection", phase(s, Connected))
	of := func(name string) Attempt {
		for _, a := range s.Status().Attempts {
			if a.Endpoint.Name == name {
				return a
			}
		}
		return Attempt{}
	}
	if of("two").Tried {
		t.Error("another one than the chosen was tried by itself")
	}
	s.LookAgain()
	enginetest.Eventually(t, 20*time.Second, "the others", func() bool { return of("two").Tried && of("dead").Err != nil })
	if a := of("two"); a.Err != nil {
		t.Errorf("two: %v", a.Err)
	}
	if a := of("far"); a.Tried || a.Err != nil {
		t.Errorf("far was dialled: %+v", a)
	}
	if st := s.Status(); st.Phase != Connected || st.Endpoint.Name != "one" {
		t.Errorf("%+v", st)
	}
}
