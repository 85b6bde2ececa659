package engine

import (
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

func TestAConnectionsUserIsReadFromTheKernelsTable(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0
   1: 0100007F:9C40 0100007F:1F91 01 00000000:00000000 00:00000000 00000000  1001        0 2 1 0
   2: 0000000000000000FFFF00000100007F:9C41 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000  1002        0 3 1 0
   3: 0100007F:9C40 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1003        0 4 1 0
   4: broken
`
	to := netip.MustParseAddrPort("127.0.0.1:8080")
	for from, want := range map[string]int{"127.0.0.1:40000": 1003, "127.0.0.1:40001": 1002, "127.0.0.1:40002": -1, "127.0.0.2:40000": -1} {
		uid, ok := ownerOf(strings.NewReader(table), netip.MustParseAddrPort(from), to)
		if ok != (want >= 0) || ok && uid != want {
			t.Errorf("%s is of %d, %v, want %d", from, uid, ok, want)
		}
	}
}

// asUser asks an address in the way of a program of another user, and gives the answer with its head.
func asUser(t *testing.T, uid uint32, address string) string {
	t.Helper()
	at, path, _ := strings.Cut(strings.TrimPrefix(address, "http://"), "/")
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		t.Fatal(err)
	}
	script := `exec 3<>"/dev/tcp/$1/$2" && printf 'GET /%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$3" "$1:$2" >&3 && cat <&3`
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script, "bash", host, port, path)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	answer, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	return string(answer)
}

func TestATicketThatAnotherUserOfThisComputerReadIsWorthNothing(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can start a program of another user")
	}
	book := newForwardBook()
	defer book.close()
	const target = "http://127.0.0.1:4096/?auth_token=secret"
	ticket, err := book.ticket(target)
	if err != nil {
		t.Fatal(err)
	}
	if got := asUser(t, 65534, ticket); strings.Contains(got, "secret") || !strings.HasPrefix(got, "HTTP/1.1 403 ") {
		t.Errorf("another user is answered %q", got)
	}
	// It is still the person's own.
	if status, location := get(t, ticket); status != http.StatusFound || location != target {
		t.Errorf("the person is answered %d %q", status, location)
	}
}
