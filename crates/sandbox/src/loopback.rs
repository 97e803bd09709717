//! The loopback device of a new network namespace, which the kernel leaves switched off. With it,
//! programs that connect to themselves work without a network, as in other engines' containers.

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};

/// The index of the loopback device in every network namespace.
const LOOPBACK: i32 = 1;

// Constants of netlink(7), rtnetlink(7) and netdevice(7).
const RTM_NEWLINK: u16 = 16;
const NLMSG_ERROR: u16 = 2;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_ACK: u16 = 4;
const IFF_UP: u32 = 1;

/// The length of a netlink header (length, type, flags, number, sender) and of the content about a
/// device (family, padding, type, index, flags, mask of flags to change).
const LENGTH: u32 = 16 + 16;

/// Switches the loopback device on.
///
/// # Errors
///
/// The kernel's error.
pub(super) fn switch_on() -> Result<(), Errno> {
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        // `NETLINK_ROUTE` is 0, which rustix expresses by `None`.
        None,
    )?;
    let mut message = Vec::new();
    message.extend(LENGTH.to_ne_bytes());
    message.extend(RTM_NEWLINK.to_ne_bytes());
    message.extend((NLM_F_REQUEST | NLM_F_ACK).to_ne_bytes());
    message.extend([0; 4 + 4]);
    message.extend([0; 1 + 1 + 2]);
    message.extend(LOOPBACK.to_ne_bytes());
    message.extend(IFF_UP.to_ne_bytes());
    message.extend(IFF_UP.to_ne_bytes());
    send(&socket, &message, SendFlags::empty())?;

    // The number behind the header is a negative errno or zero.
    let mut answer = [0; 512];
    let (_, length) = recv(&socket, &mut answer[..], RecvFlags::empty())?;
    let kind = answer.get(4..6).and_then(|bytes| bytes.try_into().ok());
    let number = answer[..length.min(answer.len())].get(16..20);
    let number = number.and_then(|bytes| bytes.try_into().ok());
    match (kind.map(u16::from_ne_bytes), number.map(i32::from_ne_bytes)) {
        (Some(NLMSG_ERROR), Some(0)) => Ok(()),
        (Some(NLMSG_ERROR), Some(number)) => Err(Errno::from_raw_os_error(number.saturating_neg())),
        _ => Err(Errno::BADMSG),
    }
}
