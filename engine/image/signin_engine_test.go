package image

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/docker/docker/client"

	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/task"
)

// guarded is a door before the registry that lets only ann in, and counts those it turned away.
func guarded(t testing.TB, registry string) (address string, refused *atomic.Int32) {
	t.Helper()
	refused = &atomic.Int32{}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: registry})
	transport := &http.Transport{}
	proxy.Transport = transport
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, password, _ := r.BasicAuth(); name == "ann" && password == "s3cret" {
			proxy.ServeHTTP(w, r)
			return
		}
		refused.Add(1)
		w.Header().Set("WWW-Authenticate", `Basic realm="of the test"`)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`))
	}))
	t.Cleanup(func() {
		server.Close()
		transport.CloseIdleConnections()
	})
	return strings.TrimPrefix(server.URL, "http://"), refused
}

// signIns are the ways in which a sign-in can stand in Docker's config, and whether it lets in.
var signIns = []struct {
	name   string
	config func(t testing.TB, address string) string
	in     bool
	why    string // of the refusal
}{
	{"an entry of the file", func(_ testing.TB, address string) string {
		return `{"auths":{"` + address + `":{"auth":"` + base64.StdEncoding.EncodeToString([]byte("ann:s3cret")) + `"}}}`
	}, true, ""},
	{"a helper program", func(t testing.TB, address string) string {
		withHelper(t, "door", `read host; [ "$host" = "`+address+`" ] || exit 1; echo "{\"ServerURL\":\"$host\",\"Username\":\"ann\",\"Secret\":\"s3cret\"}"`)
		return `{"credHelpers":{"` + address + `":"door"}}`
	}, true, ""},
	{"a helper program that knows another password", func(t testing.TB, address string) string {
		withHelper(t, "old", `read host; echo "{\"ServerURL\":\"$host\",\"Username\":\"ann\",\"Secret\":\"old\"}"`)
		return `{"credHelpers":{"` + address + `":"old"}}`
	}, false, "refused the credentials of ann"},
	{"a helper program that is missing", func(_ testing.TB, address string) string {
		return `{"credHelpers":{"` + address + `":"absent"}}`
	}, false, "docker-credential-absent is not installed"},
	{"none", func(testing.TB, string) string { return `{}` }, false, "no credentials for"},
}

// withHelper installs a credential helper for the rest of the test.
func withHelper(t testing.TB, name, script string) {
	t.Helper()
	bin := t.TempDir()
	install(t, bin, name, script)
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

// onDockerAndPodman runs a test on both engines.
func onDockerAndPodman(t *testing.T, test func(t *testing.T, cli *client.Client)) {
	t.Helper()
	t.Run("Docker", func(t *testing.T) { test(t, enginetest.Shared(t).Client) })
	t.Run("Podman", func(t *testing.T) { test(t, enginetest.Podman(t).Client) })
}

func TestAPrivateImageIsPulledWithTheSignInOfDockersConfig(t *testing.T) {
	onDockerAndPodman(t, func(t *testing.T, cli *client.Client) {
		registry := enginetest.Registry(t)
		for _, tt := range signIns {
			t.Run(tt.name, func(t *testing.T) {
				name := enginetest.Name(t)
				enginetest.PushLayers(t, registry+"/"+name+":1", 2, 1000)
				address, refused := guarded(t, registry)
				ref := address + "/" + name + ":1"
				one, got := pull(t, cli, PullOptions{References: []string{ref}, DockerConfig: dockerConfig(t, tt.config(t, address))})
				v := one.View()
				if v.Attempt != 1 {
					t.Errorf("%d attempts", v.Attempt)
				}
				if tt.in {
					if v.Err != nil || got.ID == "" || got.Reference != ref {
						t.Errorf("got %+v, %v", got, v.Err)
					}
					return
				}
				e := wantKind(t, v.Err, fault.Unauthorized)
				if !strings.Contains(e.Why, tt.why) || e.Remedy == "" || e.Command != "docker login "+address {
					t.Errorf("why %q, remedy %q, command %q", e.Why, e.Remedy, e.Command)
				}
				if refused.Load() == 0 {
					t.Error("the registry was not asked")
				}
				if text := v.Err.Error() + strings.Join(e.Log, " "); strings.Contains(text, "s3cret") {
					t.Errorf("a secret is in %q", text)
				}
			})
		}
	})
}

func TestAPrivateBaseImageIsBuiltOnWithTheSignInOfDockersConfig(t *testing.T) {
	onBothBuilders(t, func(t *testing.T, cli *client.Client, buildKit bool) {
		registry := enginetest.Registry(t)
		for _, tt := range signIns {
			t.Run(tt.name, func(t *testing.T) {
				name := enginetest.Name(t)
				enginetest.PushLayers(t, registry+"/"+name+":1", 2, 1000)
				address, _ := guarded(t, registry)
				opts := tiny(t, "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nLABEL a=b\n")
				opts.BaseImage, opts.BuildKit = address+"/"+name+":1", buildKit
				opts.DockerConfig = dockerConfig(t, tt.config(t, address))
				forget(t, cli, opts.Tag, opts.BaseImage)
				var got Image
				one := run(t, func(ctx context.Context, own *task.Task) (err error) {
					got, err = Build(ctx, cli, own, opts)
					return err
				})
				v := one.View()
				if v.Attempt != 1 {
					t.Errorf("%d attempts", v.Attempt)
				}
				if tt.in {
					if v.Err != nil || got.ID == "" {
						t.Errorf("got %+v, %v", got, v.Err)
					}
					return
				}
				e := wantKind(t, v.Err, fault.Unauthorized)
				if !strings.Contains(e.Why, "needs a sign-in") || !strings.Contains(e.Remedy, "docker login") {
					t.Errorf("why %q, remedy %q", e.Why, e.Remedy)
				}
				if _, ok, _ := Find(t.Context(), cli, opts.Tag); ok {
					t.Error("there is an image")
				}
			})
		}
	})
}
