package engine

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/sandbox"
	"berth/engine/volume"
)

// knock asks a sandbox as a web page in the person's browser could, and gives the answer's status and head.
func knock(t *testing.T, method, address, path string, set map[string]string) (int, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range set {
		req.Header.Set(name, value)
	}
	if host := set["Host"]; host != "" {
		req.Host = host // what the browser sends after a name was bound to this computer's address
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(method, path, err)
	}
	_ = res.Body.Close()
	return res.StatusCode, res.Header
}

func TestALocalWebPageCannotReachASandboxWithoutItsPassword(t *testing.T) {
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref}))
	s := waitHealthy(t, e, name)
	_, port, _ := net.SplitHostPort(s.Address)
	const evil = "https://evil.example"
	ways := map[string]map[string]string{
		"plainly":              {},
		"from another site":    {"Origin": evil, "Sec-Fetch-Site": "cross-site"},
		"from a file":          {"Origin": "null"},
		"by a name of its own": {"Host": "evil.example:" + port, "Origin": "http://evil.example:" + port},
		"as this computer":     {"Host": "localhost:" + port, "X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"},
		"with no password":     {"Authorization": "Basic b3BlbmNvZGU6", "Origin": evil},
		"by a web socket":      {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": evil},
		"before the real one":  {"Origin": evil, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"},
	}
	paths := []string{"/", "/?auth_token=b3BlbmNvZGU6", agent.V1.HealthPath, agent.V1.ConfigPath, agent.V1.SessionPath, agent.V1.ProviderPath, agent.V1.ProjectPath, "/event", "/pty", "/doc", "/file?path=."}
	for way, set := range ways {
		for _, path := range paths {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodOptions} {
				status, head := knock(t, method, s.Address, path, set)
				if status != http.StatusUnauthorized && method != http.MethodOptions { // a question before is answered with no content
					t.Errorf("%s %s, asked %s, is answered %d", method, path, way, status)
				}
				if allowed := head.Get("Access-Control-Allow-Origin"); allowed == "*" || allowed != "" && allowed == set["Origin"] {
					t.Errorf("%s %s, asked %s, may be read by %s", method, path, way, allowed)
				}
			}
		}
	}
	// A cookie of 127.0.0.1 would go to every port of it: to other sandboxes, and to whatever else listens.
	signIn := strings.TrimPrefix(agent.NewClient(agent.V1, s.Address, has(t, of, name), nil).OpenURL(), "http://"+s.Address)
	if status, head := knock(t, http.MethodGet, s.Address, signIn, nil); status != http.StatusOK || len(head.Values("Set-Cookie")) > 0 {
		t.Errorf("signing in is answered %d, with %d cookies", status, len(head.Values("Set-Cookie")))
	}
	for port, bindings := range mustInspect(t, of, s.ContainerID).NetworkSettings.Ports {
		for _, b := range bindings {
			if b.HostIP != "127.0.0.1" {
				t.Errorf("%s is published on %s", port, b.HostIP)
			}
		}
	}
}

// agentSays runs a command as the agent could and gives what it wrote, with its exit code as the last line.
func agentSays(t *testing.T, of *enginetest.Engine, id, command string) string {
	t.Helper()
	made, err := of.Client.ContainerExecCreate(t.Context(), id, container.ExecOptions{Cmd: []string{"sh", "-c", "(" + command + ") 2>&1; echo $?"}, AttachStdout: true})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := of.Client.ContainerExecAttach(t.Context(), made.ID, container.ExecAttachOptions{})
	var said bytes.Buffer
	if err == nil {
		defer stream.Close()
		_, err = stdcopy.StdCopy(&said, &said, stream.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return said.String()
}

func TestTheAgentReachesNothingBeyondItsMounts(t *testing.T) {
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	t.Setenv("BERTH_PLANTED", "planted-in-the-environment")
	// As Berth's own sign-in tickets do, it listens on this computer's loopback.
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	info, err := of.Client.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for kind, hardened := range map[string]bool{"as by default": false, "hardened": true} {
		t.Run(kind, func(t *testing.T) {
			e := open(t, of.Host, nil)
			name := enginetest.Name(t)
			deleteAtTheEnd(t, of, name)
			mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref, Hardened: hardened}))
			got := mustInspect(t, of, waitHealthy(t, e, name).ContainerID)
			says := func(command string) string { return agentSays(t, of, got.ID, command) }

			h := got.HostConfig
			// Docker's word and Podman's.
			own := func(mode string) bool { return mode == "" || mode == "private" }
			volumes := slices.DeleteFunc(slices.Clone(h.Binds), func(bind string) bool { // Podman tells of volumes here
				from, _, _ := strings.Cut(bind, ":")
				return slices.ContainsFunc(agent.Roles, func(role agent.Role) bool { return from == volume.Name(role, name) })
			})
			if h.Privileged || !own(string(h.PidMode)) || !own(string(h.UTSMode)) || h.IpcMode.IsHost() || h.NetworkMode.IsHost() || h.CgroupnsMode.IsHost() && info.CgroupVersion == "2" ||
				len(volumes)+len(h.Devices)+len(h.DeviceRequests)+len(h.ExtraHosts)+len(h.VolumesFrom)+len(h.GroupAdd)+len(h.CapAdd) > 0 ||
				slices.ContainsFunc(h.SecurityOpt, func(o string) bool { return strings.Contains(o, "unconfined") || strings.Contains(o, "disable") }) {
				t.Errorf("it is made with %+v", h)
			}
			status := says("cat /proc/1/status /proc/self/status")
			for _, caps := range []string{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"} {
				if strings.Count(status, caps+":\t0000000000000000\n") != 2 {
					t.Errorf("it has rights of %s", caps)
				}
			}
			want := []string{"NoNewPrivs:\t1\n", "Uid:\t1000\t1000\t1000\t1000\n"}
			if slices.ContainsFunc(info.SecurityOptions, func(o string) bool { return strings.HasPrefix(o, "name=seccomp") && !strings.Contains(o, "unconfined") }) {
				want = append(want, "Seccomp:\t2\n")
			}
			for _, line := range want {
				if strings.Count(status, line) != 2 {
					t.Errorf("no %q in %s", line, status)
				}
			}
			for _, space := range []string{"net", "pid", "mnt", "ipc", "uts"} {
				if own, err := os.Readlink("/proc/self/ns/" + space); err != nil || strings.Contains(says("readlink /proc/self/ns/"+space), own) {
					t.Errorf("it is in this computer's %s namespace, %v", space, err)
				}
			}
			ofRole := map[string]string{}
			for _, role := range agent.Roles {
				ofRole[agent.V1.Mounts[role]] = volume.Name(role, name)
			}
			mounts := strings.Split(strings.TrimSuffix(says("cat /proc/self/mountinfo"), "\n0\n"), "\n")
			if !slices.ContainsFunc(mounts, func(line string) bool { return strings.Contains(line, " /null /proc/") }) {
				t.Error("nothing covers what its /proc tells of this computer")
			}
			for _, line := range mounts {
				words := strings.Fields(line)
				if len(words) < 10 {
					t.Fatalf("a mount is %q", line)
				}
				root, at, fromVolume := words[3], words[4], ofRole[words[4]]
				kernels := at == "/" || at == "/proc" || at == "/sys" || at == "/dev" || strings.HasPrefix(at, "/proc/") || strings.HasPrefix(at, "/sys/") || strings.HasPrefix(at, "/dev/")
				engines := slices.Contains([]string{"/etc/resolv.conf", "/etc/hostname", "/etc/hosts", "/run/.containerenv"}, at) || strings.HasSuffix(at, "-init")
				// On a root that is read-only Podman has an empty one more at these.
				scratch := hardened && (slices.Contains(agent.V1.Scratch, at) || at == "/run" || at == "/var/tmp") && slices.Contains(words, "tmpfs")
				if !kernels && !engines && !scratch && (fromVolume == "" || !strings.HasSuffix(root, "/"+fromVolume+"/_data")) {
					t.Errorf("it sees %q", line)
				}
			}
			for _, path := range []string{"/var/run/docker.sock", "/run/docker.sock", "/run/podman", "/run/containerd", "/run/user", "/root/.ssh", of.Host[len("unix://"):]} {
				if said := says("test ! -e " + path); said != "0\n" {
					t.Errorf("%s is there: %q", path, said)
				}
			}
			if said := says(`find / \( -path /proc -o -path /tmp \) -prune -o \( -type s -o -type b \) -print 2>/dev/null; true`); said != "0\n" {
				t.Errorf("it has sockets or disks: %s", said)
			}
			if said := says("env; cat /proc/1/environ | tr '\\0' '\\n'; cat /etc/hosts"); strings.Contains(said, "planted-in-the-environment") || strings.Contains(said, "DBUS_SESSION") ||
				strings.Contains(said, "DOCKER_HOST") || strings.Contains(said, "XDG_RUNTIME_DIR") || strings.Contains(said, "host.docker.internal") {
				t.Error("it has something of this computer's environment") // which may hold secrets
			}
			gateway := got.NetworkSettings.Networks[sandbox.ContainerName(name)].Gateway
			for _, host := range []string{gateway, "127.0.0.1"} {
				said := says("curl -sS -m 3 --noproxy '*' http://" + net.JoinHostPort(host, port))
				if !strings.HasSuffix(said, "\n7\n") && !strings.HasSuffix(said, "\n28\n") { // refused, or never answered
					t.Errorf("this computer's loopback is answered from in there by %s: %q", host, said)
				}
			}
		})
	}
}
