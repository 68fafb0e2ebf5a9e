import Hummingbird
import Logging
import NIOCore

/// What a handler knows of a call beside its request.
struct CallContext: RequestContext, RemoteAddressRequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection: its client's certificate, if it showed one.
    let channel: any Channel
    /// `nil` on the admin socket.
    let remoteAddress: SocketAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        remoteAddress = source.channel.remoteAddress
    }
}
